import { element, getJson, timeOfDay } from "./dom.js";
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
const noAnswer = document.getElementById("no-answer");
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
    showConnection(null);
  } catch (error) {
    showConnection(error);
    console.warn(error);
  } finally {
    isPolling = false;
  }
}

function showConnection(error) {
  const isLive = error === null;
  const text = isLive ? "live" : "no answer";
  if (connection.textContent !== text) connection.textContent = text;
  if (isLive || noAnswer.hidden) noAnswer.replaceChildren(...(isLive ? [] : whatToDo(error)));
  noAnswer.hidden = isLive;
  connection.className = isLive ? "ok" : "bad";
}

/** Returns what happened and what helps. A fetch without any reply throws a TypeError. */
function whatToDo(error) {
  const since = timeOfDay(new Date());
  if (!(error instanceof TypeError))
    return [element("span", {}, `The sandbox answered with an error: ${error.message}. Its terminal says more.`)];
  const port = location.port === "8100" ? "" : ` SANDBOX_PORT=${location.port}`;
  return [
    element("span", {}, `The sandbox has not answered since ${since}. Start it in the project's folder: `),
    element("code", {}, `make run${port}`),
    element("span", {}, " (with the ACCOUNT_B that it had). This page then goes on by itself."),
  ];
}

addEventListener("hashchange", showView);
document.addEventListener("visibilitychange", poll);
setInterval(poll, POLL_MILLISECONDS);
showView();
