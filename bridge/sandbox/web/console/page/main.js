import { getJson } from "./dom.js";
import { Faults } from "./faults.js";
import { Policies } from "./policies.js";
import { Requests } from "./requests.js";
import { Tables } from "./tables.js";

const POLL_MILLISECONDS = 700;

const requests = new Requests();
const policies = new Policies();
const faults = new Faults();
const views = { requests: null, tables: new Tables(), policies, faults };
const connection = document.getElementById("connection");
let last = 0;
let isPolling = false;

function currentView() {
  const name = location.hash.slice(1);
  return name in views ? name : "requests";
}

function showView() {
  for (const name of Object.keys(views)) {
    const isCurrent = name === currentView();
    document.getElementById(name).hidden = !isCurrent;
    const link = document.querySelector(`nav a[href="#${name}"]`);
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  poll();
}

/** Asks for what is new: plain polling, so a restarted sandbox is found again by itself. */
async function poll() {
  if (isPolling || document.hidden) return;
  isPolling = true;
  try {
    const { events } = await getJson(`/_admin/events?after=${last}`);
    if (events.length) {
      last = events[events.length - 1].sequence;
      requests.add(events);
      policies.add(events);
    }
    if (currentView() !== "faults") await faults.refresh();
    await views[currentView()]?.refresh();
    // A sandbox that was away has been restarted: its events begin anew, and so does the page.
    if (connection.className === "bad") location.reload();
    showConnection(true);
  } catch (error) {
    showConnection(false);
    console.warn(error);
  } finally {
    isPolling = false;
  }
}

function showConnection(isLive) {
  const text = isLive ? "live" : "no answer";
  if (connection.textContent !== text) connection.textContent = text;
  connection.className = isLive ? "ok" : "bad";
}

addEventListener("hashchange", showView);
document.addEventListener("visibilitychange", poll);
setInterval(poll, POLL_MILLISECONDS);
showView();
