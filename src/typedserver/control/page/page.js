// The page of an operator: what the server sends once a second, and what is asked of it.
//
// All that comes from clients or from the program is put into the page as text, never as markup. The list holds the rows
// that can be seen alone, each kept with its connection: what has the focus stays the same connection while others go.
"use strict";

const ROW = 36; // pixels, as page.css has it
const SPARE = 6; // rows above and below what can be seen

const $ = (id) => document.getElementById(id);
const list = $("list");

const connections = new Map(); // by id; in the order in which they came
let found = []; // those that the filter lets through
const rows = new Map(); // the elements that are in the list, by the connection's id
let events = null;
let planned = false;

const filler = document.createElement("div");
filler.className = "filler";
filler.setAttribute("role", "presentation");
list.append(filler);

// Words

function say(text) { $("said").textContent = text; }

function age(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds % 86400 / 3600)} h`;
}

function duration(seconds) {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${Math.round(seconds * 1e6)} µs`;
}

const number = (value) => value.toLocaleString("en");
const counted = (counts) =>
  Object.entries(counts).filter(([, count]) => count).map(([word, count]) => `${number(count)} ${word}`).join(", ") || "none";

// Talking to the server

async function ask(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status === 401) { logIn("You are not logged in any more."); throw new Error("log in first"); }
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}

async function act(body, done) {
  try {
    await ask("/act", body);
    say(done);
  } catch (error) {
    say(error.message);
  }
}

function logIn(why) {
  if (events) events.close();
  events = null;
  $("view").hidden = true;
  $("login").hidden = false;
  showState("not logged in", "");
  say(why);
  $("token").focus();
}

async function begin(token) {
  try {
    await ask("/login", { token });
  } catch (error) {
    logIn(error.message);
    return;
  }
  listen();
}

function listen() {
  $("login").hidden = true;
  $("view").hidden = false;
  say("");
  events = new EventSource("/events");
  events.addEventListener("all", (event) => { forgetAll(); hear(JSON.parse(event.data)); });
  events.addEventListener("change", (event) => hear(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    if (events && events.readyState === EventSource.CLOSED) logIn("Log in by the token that the server has shown.");
    else showState("connection lost", "lost");
  });
}

// What is heard

function forgetAll() {
  connections.clear();
  for (const row of rows.values()) row.remove();
  rows.clear();
}

function hear(news) {
  const now = performance.now() / 1000;
  for (const each of news.new) connections.set(each.id, { ...each, began: now - each.seconds });
  for (const id of news.gone) connections.delete(id);
  for (const [id, state] of news.changed) connections.get(id).state = state;
  showStatus(news.status);
  refilter();
}

function showState(text, kind) {
  $("state").textContent = text;
  $("state").className = `state ${kind}`;
}

function facts(status) {
  const took = status.latencies.requests;
  const known = [
    ["Connections", number(status.connections)],
    ["Requests a second", status.rates.requests.toFixed(1)],
    ["Half took at most", took.count ? duration(took.p50) : "–"],
    ["99 % took at most", took.count ? duration(took.p99) : "–"],
    ["Ended so far", counted(status.requests)],
    ["Refused so far", counted(status.refused)],
    ["Refused a second", status.rates.refused.toFixed(1)],
    ["Up for", age(status.seconds)],
  ];
  if (status.messages.count) {
    const message = status.latencies.messages;
    known.push(
      ["Messages a second", status.rates.messages.toFixed(1)],
      ["Messages failed", number(status.messages.failed)],
      ["99 % of messages took", message.count ? duration(message.p99) : "–"],
    );
  }
  return known;
}

function showStatus(status) {
  showState(status.state, status.state);
  const title = status.servers.map((each) => each.handler).join(", ");
  $("title").textContent = title;
  document.title = `${status.state}: ${title}`;
  $("suspend").disabled = status.state !== "serving";
  $("resume").disabled = status.state !== "suspended";
  $("drain").disabled = status.state === "draining";
  const known = facts(status);
  const shown = $("facts");
  while (shown.children.length > known.length) shown.lastChild.remove();
  known.forEach(([name, value], place) => {
    let pair = shown.children[place];
    if (!pair) {
      pair = document.createElement("div");
      pair.append(document.createElement("dt"), document.createElement("dd"));
      shown.append(pair);
    }
    put(pair.firstChild, name);
    put(pair.lastChild, value);
  });
  showItems($("servers"), status.servers.map((each) =>
    `${each.handler} at ${each.address ?? "an unknown address"}` +
    (each.connections === null ? "" : `: ${number(each.connections)} of ${each.limit === null ? "any number of" : number(each.limit)} connections`) +
    (each.strategy === null ? "" : `, ${each.strategy}`)));
  $("workers-section").hidden = status.workers.length === 0;
  showItems($("workers"), status.workers.map((each) =>
    `process ${each.pid}: ${number(each.connections)} connections, ${number(each.requests)} requests` +
    (each.answers ? "" : ", does not answer")));
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showItems(shown, texts) {
  while (shown.children.length > texts.length) shown.lastChild.remove();
  texts.forEach((text, place) => {
    if (!shown.children[place]) shown.append(document.createElement("li"));
    put(shown.children[place], text);
  });
}

// The list

function refilter() {
  const wanted = $("filter").value.trim().toLowerCase();
  found = [];
  for (const each of connections.values()) {
    if (!wanted || `${each.id} ${each.address} ${each.handler} ${each.state}`.toLowerCase().includes(wanted)) found.push(each);
  }
  put($("shown"), `${number(found.length)} of ${number(connections.size)}`);
  filler.style.height = `${found.length * ROW}px`;
  $("table").setAttribute("aria-rowcount", String(found.length + 1));
  plan();
}

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(draw);
}

function draw() {
  planned = false;
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
  const last = Math.min(found.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
  const seen = new Map();
  for (let place = first; place < last; place++) seen.set(found[place].id, place);
  for (const [id, row] of rows) {
    if (seen.has(id)) continue;
    if (row.contains(document.activeElement)) list.focus({ preventScroll: true });
    row.remove();
    rows.delete(id);
  }
  const now = performance.now() / 1000;
  let before = filler;
  for (const [id, place] of seen) {
    const each = found[place];
    let row = rows.get(id);
    if (!row) rows.set(id, row = newRow(each));
    // In the order of the list, for whoever reads or tabs through it. What is in its place already is not touched.
    if (before.nextSibling !== row) before.after(row);
    before = row;
    row.style.transform = `translateY(${place * ROW}px)`;
    const index = String(place + 2);
    if (row.getAttribute("aria-rowindex") !== index) row.setAttribute("aria-rowindex", index);
    put(row.children[1], age(now - each.began));
    put(row.children[2], each.state);
  }
}

function newRow(each) {
  const row = document.createElement("div");
  row.className = "row";
  row.setAttribute("role", "row");
  for (const text of [each.id, "", each.state, each.handler, each.address, null]) {
    const cell = document.createElement("span");
    cell.setAttribute("role", "cell");
    if (text === null) {
      const cut = document.createElement("button");
      cut.type = "button";
      cut.textContent = "Cut…";
      cut.setAttribute("aria-label", `Cut ${each.id}, ${each.address}`);
      cut.addEventListener("click", () => cutOne(each));
      cell.append(cut);
    } else {
      cell.textContent = text;
      cell.title = text;
    }
    row.append(cell);
  }
  return row;
}

// What is done

function confirmed(text, yes) {
  $("ask-text").textContent = text;
  $("ask").showModal();
  $("yes").onclick = () => { $("ask").close(); yes(); };
}

function cutOne(each) {
  confirmed(`End connection ${each.id} of ${each.address} now?`, () =>
    act({ do: "cut", id: each.id }, `Connection ${each.id} is cut.`));
}

$("no").addEventListener("click", () => $("ask").close());
$("suspend").addEventListener("click", () => act({ do: "suspend" }, "The server accepts nothing until it is resumed."));
$("resume").addEventListener("click", () => act({ do: "resume" }, "The server accepts again."));
$("drain").addEventListener("click", () =>
  confirmed("Have the server end? It serves what has come, accepts nothing more, and ends.", () =>
    act({ do: "drain" }, "The server drains.")));
$("logout").addEventListener("click", async () => {
  try { await ask("/logout", {}); } catch (error) { say(error.message); return; }
  logIn("You are logged out.");
});
$("filter").addEventListener("input", refilter);
list.addEventListener("scroll", plan, { passive: true });
window.addEventListener("resize", plan);
$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = $("token").value;
  $("token").value = "";
  begin(token);
});

// The token stands behind the #, which goes to no server, and leaves the address at once.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given !== null) {
  history.replaceState(null, "", "/");
  begin(given);
} else {
  listen();
}
