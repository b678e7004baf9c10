/*
 * live.js: a page that follows what changes. It listens at the address of [data-live], asks for itself anew when something changed, and fits what is shown to the answer: focus, open
 * parts, the place read and typed text stay. While somebody types it waits for them to ask.
 *
 * It listens unless it is paused (for this tab), hidden, or nobody has touched it for long: what it misses then, the server tells when it listens again. Where nothing comes, a link
 * reloads the page, as it does without script.
 */
"use strict";
(() => {
  const bar = document.querySelector("[data-live]");
  const main = document.getElementById("main");
  if (!bar || !main || !window.EventSource) return;

  const LEAST = 1000; /* ms between two updates, and COSTS times what the last one took */
  const COSTS = 20;
  const SPREAD = 1500; /* ms over which those who hear of one change ask for it */
  const SPREAD_ALL = 10000; /* and of everything, as after a restart */
  const AWAY = 20 * 60000; /* ms: a page that nobody looks at must not keep a session from ending */
  const PAUSED = "veha-live-paused";

  const part = (name) => bar.querySelector(`[data-live-${name}]`);
  const note = part("note");
  const [show, pause, resume, reload] = ["show", "pause", "resume", "reload"].map(part);
  const navigation = performance.getEntriesByType("navigation")[0];
  let cost = navigation ? navigation.responseEnd - navigation.requestStart : 0;
  let askedAt = 0;
  let touchedAt = Date.now();
  let after = bar.dataset.after;
  let source = null;
  let timer = 0;
  let wanted = false; /* something changed that is not shown yet */
  let asking = false;
  let fresh = null; /* the page as it is now, which waits to be shown */
  let failures = 0;
  let lost = false;

  const isPaused = () => remember() === "1";
  const isAway = () => Date.now() - touchedAt > AWAY;
  const listens = () => !lost && !document.hidden && !isPaused() && !isAway();

  /* A browser that keeps nothing pauses until the page is left. */
  let remembered = null;
  function remember(value) {
    if (value !== undefined) remembered = value;
    try {
      if (value !== undefined) sessionStorage.setItem(PAUSED, value);
      return sessionStorage.getItem(PAUSED);
    } catch {
      return remembered;
    }
  }

  function say(words) {
    if (note.textContent !== words) note.textContent = words;
  }

  function sayUpdated() {
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: bar.dataset.zone });
    say(`${note.dataset.updated} ${time}`);
  }

  /* ------------------------------------------------------------------------------------------------------------ */
  /* Listening. */

  function listen() {
    const mark = bar.dataset.live.includes("?") ? "&" : "?";
    source = new EventSource(after ? `${bar.dataset.live}${mark}after=${after}` : bar.dataset.live);
    source.addEventListener("open", () => {
      if (failures > 0) say(note.dataset.follows);
      failures = 0;
      reload.hidden = true;
    });
    source.addEventListener("change", (event) => {
      after = event.lastEventId;
      plan(JSON.parse(event.data).everything ? SPREAD_ALL : SPREAD);
    });
    source.addEventListener("error", () => {
      failures++;
      if (failures > 1) offerReload();
      if (source.readyState !== EventSource.CLOSED) return; /* the browser tries again by itself */
      stop();
      setTimeout(attend, Math.min(60000, 2000 * 2 ** failures) * (0.5 + Math.random()));
    });
  }

  function stop() {
    source?.close();
    source = null;
  }

  function offerReload() {
    reload.hidden = false;
    say(note.dataset.lost);
  }

  /* After anything that decides whether to listen. */
  function attend() {
    pause.hidden = lost || isPaused();
    resume.hidden = lost || !isPaused();
    if (!listens()) {
      stop();
      clearTimeout(timer);
      timer = 0;
      return;
    }
    if (!source) listen();
    if (wanted) plan(SPREAD);
  }

  /* ------------------------------------------------------------------------------------------------------------ */
  /* Asking for the page. */

  function plan(spread) {
    wanted = true;
    if (timer || asking || !listens()) return;
    const now = performance.now();
    const soonest = askedAt === 0 ? now : askedAt + Math.max(LEAST, COSTS * cost);
    timer = setTimeout(update, Math.max(0, soonest - now) + Math.random() * spread);
  }

  async function update() {
    timer = 0;
    if (!listens()) return;
    asking = true;
    wanted = false;
    const began = performance.now();
    const answer = await ask();
    askedAt = performance.now();
    cost = askedAt - began;
    asking = false;
    if (answer === "later") {
      askedAt += 10000;
      wanted = true;
    } else if (!answer) {
      lost = true; /* signed out, or not there any more: reloading tells */
      offerReload();
      attend();
      return;
    } else {
      fresh = answer;
      offer();
    }
    if (wanted) plan(SPREAD);
  }

  /* The page as it is now; "later" when that cannot be told now, null when it is no more. */
  async function ask() {
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { accept: "text/html" }, cache: "no-store", redirect: "manual" });
      if (answer.status === 429 || answer.status >= 500) return "later";
      if (!answer.ok) return null;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return page.getElementById("main") ? page : null;
    } catch {
      return "later";
    }
  }

  /* Whoever types far below sees the line, too. */
  function wait(waits) {
    show.hidden = !waits;
    bar.classList.toggle("live-waits", waits);
  }

  function offer() {
    const waits = typed(main);
    wait(waits);
    if (waits) say(note.dataset.changed);
    else fitPage();
  }

  /* ------------------------------------------------------------------------------------------------------------ */
  /* Fitting what is shown to what is to be shown, in place. */

  function isTyped(control) {
    if (control.type === "hidden" || control.disabled) return false;
    if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
    if (control.type === "file") return control.files.length > 0;
    if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
    const standard = [...control.options].filter((option) => option.defaultSelected);
    if (standard.length === 0 && !control.multiple) return control.selectedIndex > 0;
    return [...control.selectedOptions].some((option) => !option.defaultSelected);
  }

  function typed(root) {
    return root.nodeType === Node.ELEMENT_NODE && [root, ...root.querySelectorAll("*")].some((one) => /^(INPUT|TEXTAREA|SELECT)$/.test(one.tagName) && isTyped(one));
  }

  /* What is the same thing in two renderings: by its id, a form by where it leads, a row by its first link. What htmx asks for by itself is made anew when that changes. */
  function kindOf(node) {
    if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
    const link = /^(TR|LI)$/.test(node.tagName) ? node.querySelector("a[href]")?.getAttribute("href") : null;
    const key = node.id || (node.tagName === "FORM" ? node.getAttribute("action") : link) || "";
    return `${node.nodeName} ${node.getAttribute("hx-trigger") ?? ""} ${key}`;
  }

  function fitAttributes(old, wantedNode) {
    for (const { name } of [...old.attributes])
      if (!wantedNode.hasAttribute(name) && !(name === "open" && old.tagName === "DETAILS")) old.removeAttribute(name);
    for (const { name, value } of wantedNode.attributes)
      if (old.getAttribute(name) !== value && !(name === "open" && old.tagName === "DETAILS")) old.setAttribute(name, value);
  }

  function fit(old, wantedNode) {
    if (old === bar || old.isEqualNode(wantedNode)) return;
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.data = wantedNode.data;
      return;
    }
    fitAttributes(old, wantedNode);
    fitChildren(old, wantedNode);
  }

  function insert(parent, wantedNode, before) {
    const made = parent.insertBefore(document.importNode(wantedNode, true), before);
    if (made.nodeType === Node.ELEMENT_NODE) window.htmx?.process(made);
  }

  function fitChildren(old, wantedNode) {
    const kept = new Map();
    for (const child of old.childNodes) {
      const kind = kindOf(child);
      if (!kept.has(kind)) kept.set(kind, []);
      kept.get(kind).push(child);
    }
    let at = old.firstChild;
    for (const child of [...wantedNode.childNodes]) {
      const found = kept.get(kindOf(child))?.shift();
      if (!found) {
        insert(old, child, at);
        continue;
      }
      fit(found, child);
      /* What is moved loses the focus: then all else moves. */
      if (found !== at && found.contains(document.activeElement))
        while (at !== found) {
          const passed = at;
          at = at.nextSibling;
          old.append(passed);
        }
      if (found === at) at = at.nextSibling;
      else old.insertBefore(found, at);
    }
    for (const child of [...kept.values()].flat()) if (!typed(child)) child.remove();
  }

  function fitPage() {
    const held = main.contains(document.activeElement);
    fit(main, fresh.getElementById("main"));
    document.title = fresh.title;
    fresh = null;
    wait(false);
    sayUpdated();
    if (!held || main.contains(document.activeElement)) return;
    main.tabIndex = -1; /* what had the focus is no more: whoever reads on by keyboard stays here */
    main.focus({ preventScroll: true });
  }

  /* ------------------------------------------------------------------------------------------------------------ */

  function touched() {
    const wasAway = isAway();
    touchedAt = Date.now();
    if (!wasAway) return;
    say(note.dataset.follows);
    attend();
  }

  pause.addEventListener("click", () => {
    remember("1");
    attend();
    say(note.dataset.paused);
    resume.focus();
  });
  resume.addEventListener("click", () => {
    remember("0");
    attend();
    say(note.dataset.follows);
    pause.focus();
  });
  show.addEventListener("click", () => {
    fitPage();
    pause.focus();
  });
  document.addEventListener("visibilitychange", attend);
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => event.persisted && attend());
  for (const name of ["pointerdown", "keydown", "wheel", "touchstart"]) document.addEventListener(name, touched, { passive: true });
  setInterval(() => {
    if (!source || !isAway()) return;
    say(note.dataset.away);
    attend();
  }, 60000);

  reload.hidden = true;
  say(isPaused() ? note.dataset.paused : note.dataset.follows);
  attend();
})();
