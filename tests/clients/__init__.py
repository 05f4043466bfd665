"""The tools that clients' authors use, each over the document of both APIs: `make clients`."""
