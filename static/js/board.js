// The day board, enhanced. Without this script every button is a form and every list a page.
// Rows never move under a hand: what is new waits behind "Show it", what is done stays in its place, grey.
(() => {
  "use strict";
  const EVERY = 15000;
  const board = document.getElementById("board");
  if (!board) return;
  const part = (id, root = document) => root.getElementById(id);
  const lists = part("board-lists");
  const said = part("board-said");
  const news = part("board-news");
  const lost = part("board-lost");
  let latest = null;
  let lostSince = null;
  let current = null;
  let byKey = false;

  const say = (text) => { said.textContent = text; };
  const rowsIn = (root) => [...root.querySelectorAll(".board-list tbody tr[id]")];
  const nameOf = (row) => row.querySelector("th a");
  const doing = (row, key) => row && row.querySelector(`[data-board-do="${key}"]`);

  // ---- What the server says now, put into the page that is open.
  const read = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");

  const swap = (id, page) => {
    const mine = part(id);
    const theirs = part(id, page);
    if (mine && theirs && mine.innerHTML !== theirs.innerHTML) mine.replaceChildren(...theirs.cloneNode(true).childNodes);
  };

  const swapRow = (row, fresh) => {
    const box = row.querySelector("input[type=checkbox]");
    const held = row.contains(document.activeElement) ? document.activeElement.id || "name" : "";
    if (row.innerHTML === fresh.innerHTML) return false;
    if (row.querySelector("[data-board-open]")) return false;
    row.replaceChildren(...fresh.cloneNode(true).childNodes);
    row.className = fresh.className + (row === current ? " row--current" : "");
    const again = row.querySelector("input[type=checkbox]");
    if (box && again) again.checked = box.checked;
    if (held) (part(held) || nameOf(row)).focus({ preventScroll: true });
    return true;
  };

  const gone = (row) => {
    if (row.classList.contains("row--done")) return;
    row.classList.add("row--done");
    row.classList.remove("row--late");
    const actions = row.querySelector(".actions");
    if (actions) actions.innerHTML = '<span class="row__done">Dealt with</span>';
    const box = row.querySelector("input[type=checkbox]");
    if (box) box.remove();
  };

  const merge = (page) => {
    const theirs = part("board", page);
    if (!theirs) return false;
    latest = page;
    board.dataset.version = theirs.dataset.version;
    document.title = page.title;
    ["board-health", "board-alarms", "board-notices", "board-sum", "board-counts"].forEach((id) => swap(id, page));
    const fresh = new Map(rowsIn(page).map((row) => [row.id, row]));
    for (const row of rowsIn(document)) {
      const next = fresh.get(row.id);
      if (next) swapRow(row, next);
      else gone(row);
      fresh.delete(row.id);
    }
    for (const section of page.querySelectorAll(".board-list")) {
      const head = document.querySelector(`#${CSS.escape(section.id)} .section-head h2`);
      if (head) head.innerHTML = section.querySelector(".section-head h2").innerHTML;
    }
    waiting(fresh.size);
    count();
    return true;
  };

  const waiting = (number) => {
    news.hidden = number === 0;
    news.querySelector("p").textContent = number === 1 ? "1 new row" : `${number} new rows`;
  };

  const showNew = () => {
    if (!latest) return;
    const checked = new Set([...lists.querySelectorAll("input:checked")].map((box) => box.value));
    const at = current && current.id;
    lists.replaceChildren(...part("board-lists", latest).cloneNode(true).childNodes);
    for (const box of lists.querySelectorAll("input[type=checkbox]")) box.checked = checked.has(box.value);
    waiting(0);
    ready();
    choose(part(at) || rowsIn(document)[0], true);
  };
  news.querySelector("button").addEventListener("click", showNew);

  const complain = (page) => {
    document.querySelectorAll(".govuk-error-summary").forEach((old) => old.remove());
    const summary = page.querySelector(".govuk-error-summary");
    if (!summary) return false;
    const mine = summary.cloneNode(true);
    part("board-alarms").before(mine);
    mine.focus();
    return true;
  };

  // ---- Every fifteen seconds.
  const connected = (yes) => {
    lists.inert = !yes;
    lost.hidden = yes;
    if (yes) { lostSince = null; return; }
    lostSince = lostSince || new Date();
    const time = lostSince.toTimeString().slice(0, 5);
    lost.querySelector("p").textContent = `Not connected since ${time}. Numbers may be old.`;
  };

  const poll = async () => {
    if (document.hidden) return;
    const query = new URLSearchParams();
    for (const name of ["year", "form", "list"]) {
      const value = new URLSearchParams(location.search).get(name);
      if (value) query.set(name, value);
    }
    query.set("version", board.dataset.version);
    try {
      const response = await fetch(`${board.dataset.poll}?${query}`, { credentials: "same-origin" });
      if (response.status === 401 || response.redirected) { location.reload(); return; }
      if (!response.ok) throw new Error(String(response.status));
      connected(true);
      if (response.status === 200) merge(await read(response));
    } catch {
      connected(false);
    }
  };
  setInterval(poll, EVERY);
  document.addEventListener("visibilitychange", poll);
  lost.querySelector("a").addEventListener("click", (event) => { event.preventDefault(); poll(); });

  // ---- Deeds: sent in the background, the answer is the board as it stands.
  const send = async (action, data, row) => {
    let response;
    try {
      response = await fetch(action, { method: "POST", body: data, credentials: "same-origin" });
    } catch {
      connected(false);
      return;
    }
    const page = await read(response);
    if (!part("board", page)) { location.href = response.url; return; }
    const before = row && nameOf(row) ? nameOf(row).textContent : "";
    merge(page);
    // The answer knows of no row that is chosen: its panel is taken only where it says what was wrong there.
    const wrong = complain(page);
    if (wrong && part("panel", page)) swap("board-panel", page);
    else if (!current) nobody();
    else beside(current);
    if (wrong) return;
    const done = row && row.querySelector(".row__done");
    const left = document.querySelector("#to_confirm h2 .muted");
    say(`${before}${done ? ": " + done.textContent.trim() : ""}. ${left ? left.textContent + " to confirm" : ""}`);
    if (!row) return;
    if (byKey) step(1, row);
    else { const undo = part(`${row.id}-undo`); if (undo) undo.focus(); }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || !board.contains(form)) return;
    const button = event.submitter;
    if (button && button.name === "all") {
      event.preventDefault();
      for (const box of form.querySelectorAll("tbody input[type=checkbox]")) box.checked = true;
      count();
      return;
    }
    event.preventDefault();
    send((button && button.getAttribute("formaction")) || form.action, new FormData(form, button), button && button.closest("tr"));
  });

  // ---- Confirm 2: 1 I, 1 M.
  const count = () => {
    const button = part("confirm-bulk");
    if (!button) return;
    const codes = new Map();
    for (const box of lists.querySelectorAll("#to_confirm input:checked")) {
      const code = box.value.split(".")[2];
      codes.set(code, (codes.get(code) || 0) + 1);
    }
    const all = [...codes.values()].reduce((sum, number) => sum + number, 0);
    const parts = [...codes].sort().map(([code, number]) => `${number} ${code}`).join(", ");
    button.textContent = all ? `Confirm ${all}: ${parts}` : "Confirm selected";
  };
  document.addEventListener("change", (event) => { if (lists.contains(event.target)) count(); });

  // ---- The current row, and its pupil beside the lists.
  let panelTimer = 0;
  const isWide = () => !matchMedia("(max-width: 64em)").matches;
  const nobody = () => part("board-panel").replaceChildren(part("board-panel-rest").content.cloneNode(true));
  // The page says what works without this script; a row can be clicked only with it, and where there is room beside.
  if (isWide() && !part("panel")) nobody();
  const choose = (row, focus) => {
    if (!row) return;
    if (current) current.classList.remove("row--current");
    current = row;
    row.classList.add("row--current");
    if (focus) nameOf(row).focus();
    beside(row);
  };
  const beside = (row) => {
    clearTimeout(panelTimer);
    panelTimer = setTimeout(panel, 350, row);
  };
  const panel = async (row) => {
    if (row !== current || !isWide()) return;
    const pupil = row.id.slice(2);
    const address = board.dataset.poll.replace(/\/changes$/, "");
    try {
      const asked = { credentials: "same-origin", headers: { "X-Part": "panel" } };
      const response = await fetch(`${address}?pupil=${encodeURIComponent(pupil)}`, asked);
      if (response.ok && row === current) swap("board-panel", await read(response));
    } catch { /* the poll says that nobody is connected */ }
  };
  const step = (by, from = current) => {
    const rows = rowsIn(document);
    const at = rows.indexOf(from);
    choose(rows[Math.min(rows.length - 1, Math.max(0, at + by))], true);
  };
  lists.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr[id]");
    if (row && row !== current) choose(row, false);
  });
  lists.addEventListener("pointerdown", (event) => {
    byKey = false;
    const row = event.target.closest("tbody tr[id]");
    if (row && row !== current) choose(row, false);
  });

  // ---- A small question in the row itself: another code, or how a call ended.
  const ask = (row, controls) => {
    const cell = row.querySelector(".actions");
    const before = [...cell.childNodes];
    cell.replaceChildren(...controls);
    cell.dataset.boardOpen = "1";
    const close = () => { delete cell.dataset.boardOpen; cell.replaceChildren(...before); nameOf(row).focus(); };
    cell.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
    controls[0].focus();
    return close;
  };
  const otherCode = (row) => {
    const confirm = doing(row, "c");
    const link = doing(row, "o");
    if (!confirm) { if (link) link.click(); return; }
    const input = document.createElement("input");
    input.className = "govuk-input govuk-input--width-3";
    input.setAttribute("aria-label", `Code for ${nameOf(row).textContent}, then Enter`);
    input.maxLength = 2;
    const form = confirm.form;
    const parts = confirm.value.split(".");
    const close = ask(row, [input]);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (!input.value.trim()) return;
      const data = new FormData(form);
      data.delete("report");
      data.set("confirm", [parts[0], parts[1], input.value.trim().toUpperCase(), parts[3]].join("."));
      close();
      byKey = true;
      send(form.action, data, row);
    });
  };
  const logCall = (row) => {
    const link = doing(row, "l");
    if (!link) return;
    const outcomes = [["spoke", "1 Spoke"], ["voicemail", "2 Message"], ["no_answer", "3 No answer"], ["wrong_number", "4 Wrong"]];
    const links = outcomes.map(([value, text]) => {
      const one = document.createElement("a");
      one.className = "small-button";
      one.href = `${link.href}?outcome=${value}`;
      one.textContent = text;
      return one;
    });
    ask(row, links);
    row.querySelector(".actions").addEventListener("keydown", (event) => {
      const one = links["1234".indexOf(event.key)];
      if (event.key.length === 1 && one) { event.preventDefault(); event.stopPropagation(); one.click(); }
    });
  };

  // ---- Keys: only while the focus is in a list, never in a field, and off when the person says so.
  const OFF = "firstbell-board-keys-off";
  const keysButton = part("board-keys");
  // A browser that keeps nothing has the keys on, and forgets with the page that they were turned off.
  let off = false;
  try { off = localStorage.getItem(OFF) === "1"; } catch { /* nothing is kept */ }
  const keysOn = () => !off;
  const showKeys = () => {
    keysButton.hidden = false;
    keysButton.setAttribute("aria-pressed", String(keysOn()));
    keysButton.textContent = keysOn() ? "Turn keys off" : "Turn keys on";
  };
  const press = (row, key) => { const button = doing(row, key); if (button) { byKey = true; button.click(); } };
  const pressed = {
    ArrowDown: () => step(1), j: () => step(1), ArrowUp: () => step(-1), k: () => step(-1),
    c: (row) => press(row, "c"), o: otherCode, a: (row) => press(row, "a"), r: (row) => press(row, "r"),
    l: logCall, h: (row) => press(row, "h"),
    x: (row) => { const box = row.querySelector("input[type=checkbox]"); if (box) { box.checked = !box.checked; count(); } },
    C: () => { const bulk = part("confirm-bulk"); if (bulk) { byKey = true; bulk.click(); } },
    u: (row) => { const undo = part(`${row.id}-undo`); if (undo) undo.click(); },
    n: showNew,
    "?": () => keysButton.focus(),
  };
  // Esc in the panel, or in its row, closes it; the focus is in the row again.
  document.addEventListener("keydown", (event) => {
    const side = part("board-panel");
    const open = side.querySelector("#panel");
    if (event.key !== "Escape" || event.defaultPrevented || !open) return;
    if (!side.contains(event.target) && !lists.contains(event.target)) return;
    const pupil = new URLSearchParams(location.search).get("pupil");
    const row = current || (pupil && document.querySelector(`tr[id$="-${CSS.escape(pupil)}"]`));
    clearTimeout(panelTimer);
    nobody();
    if (!row || !row.isConnected) return;
    choose(row, true);
    clearTimeout(panelTimer);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    if (!keysOn()) return;
    if (event.key === "/") {
      const find = part("find-pupil");
      if (find) { event.preventDefault(); find.focus(); }
      return;
    }
    if (!lists.contains(document.activeElement)) return;
    if (event.key >= "1" && event.key <= "6") {
      const section = document.querySelector(`[data-board-list="${event.key}"]`);
      const row = section && section.querySelector("tbody tr[id]");
      if (row) choose(row, true);
      else if (section) section.focus();
      return;
    }
    if (event.key === "<" || event.key === ">") {
      const link = document.querySelector(`[data-board-key="${event.key}"]`);
      if (link) link.click();
      return;
    }
    const deed = pressed[event.key];
    const row = document.activeElement.closest("tbody tr[id]");
    if (!deed || (!row && !["j", "k", "n", "C", "ArrowDown", "ArrowUp", "?"].includes(event.key))) return;
    event.preventDefault();
    deed(row);
  });

  const ready = () => {
    const button = part("board-keys");
    if (button && button !== keysButton) button.replaceWith(keysButton);
    showKeys();
    count();
  };
  keysButton.addEventListener("click", () => {
    off = !off;
    try { if (off) localStorage.setItem(OFF, "1"); else localStorage.removeItem(OFF); } catch { /* nothing is kept */ }
    showKeys();
  });
  ready();
  // The first row at hand stands beside the lists until another is chosen; the focus stays where it is.
  if (isWide() && !part("panel") && rowsIn(document)[0]) choose(rowsIn(document)[0], false);
})();
