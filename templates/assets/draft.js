/*
 * draft.js: keeps what is typed into the form of a step as its draft, by itself. A button does the same without it.
 *
 * Until the server has the text it is kept in this browser, under the person and the step: a lost connection, a session that ended or somebody else's change lose nothing.
 * A request whose fate nobody knows is sent again with its key before anything else is. Signing out empties the storage (Clear-Site-Data).
 */
"use strict";
(() => {
  const PAUSE = 1500; // of who types, before it is sent, in ms
  const RETRY = 10000; // while nothing is reached
  const PREFIX = "veha-draft:";

  const collapse = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const same = (one, other) => collapse(one.note) === collapse(other.note) && collapse(one.link) === collapse(other.link);

  /* The storage may be full or forbidden: then the text is where it always was, in the form. */
  function storage(deed) {
    try {
      return deed(window.localStorage);
    } catch {
      return null;
    }
  }

  const read = (key) => storage((kept) => JSON.parse(kept.getItem(PREFIX + key)));
  const keep = (key, text) => storage((kept) => kept.setItem(PREFIX + key, JSON.stringify(text)));
  const forget = (key) => storage((kept) => kept.removeItem(PREFIX + key));

  /* A page that shows what the server has: what is kept here besides is needed no more. */
  const shown = document.querySelector("[data-draft-shown]");
  if (shown) {
    const key = shown.dataset.draftShown;
    const text = (name) => shown.querySelector(`[data-shown=${name}]`)?.textContent;
    const kept = read(key);
    if (kept && same(kept, { note: text("note"), link: text("link") })) forget(key);
  }

  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const key = form.dataset.draft;
  const { note, link } = form.elements;
  const state = form.querySelector("[data-saved]");
  let version = form.dataset.version;
  let saved = { note: note.defaultValue, link: link.defaultValue };
  let pending = null; // what was sent and not answered
  let busy = null;
  let timer = 0;

  const typed = () => ({ note: note.value, link: link.value });
  /* An address that is being typed is none yet; the text does not wait for it. */
  const fields = () => ({ note: note.value, link: /^(https?:\/\/\S+\.\S+)?$/i.test(link.value.trim()) ? link.value.trim() : saved.link });

  function say(name, more, action) {
    const words = [state.dataset[name], more].filter(Boolean).join(" ");
    state.classList.toggle("draft-wrong", !["saving", "saved", "restored"].includes(name));
    if (state.firstChild?.nodeValue === words) return;
    state.textContent = words;
    if (action) state.append(" ", action);
  }

  function anchor(href, text) {
    const made = document.createElement("a");
    made.href = href;
    made.textContent = text;
    return made;
  }

  const reload = () => anchor(form.dataset.step, state.dataset.reload); // the page may be the answer to another form
  const clock = () => new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

  /* Every form of the page is about the version that the draft has made. */
  function take(made) {
    version = String(made);
    for (const input of document.querySelectorAll("input[name=version]")) input.value = version;
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  /* The step moved on, by a look perhaps: as long as nobody touched the draft, it is still the own. → whether it is */
  async function catchUp() {
    const step = await fetch(form.dataset.step, { headers: { accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : null));
    if (!step?.can?.claim || String(step.version) === version || !same(step.typed ?? {}, saved)) return false;
    take(step.version);
    return true;
  }

  const outcomes = {
    200: (document) => {
      saved = pending.text;
      pending = null;
      take(document.version);
      if (same(typed(), saved)) forget(key);
      say("saved", clock());
      return true;
    },
    401: () => say("signedOut", "", anchor(`/session?next=${encodeURIComponent(form.dataset.step)}`, state.dataset.signIn)),
    412: async () => (await catchUp()) || say("stale", "", reload()),
    422: (document) => say("refused", (document.errors?.[0] ?? document).detail),
  };

  /* → whether it may go on at once */
  async function ask() {
    pending ??= { key: crypto.randomUUID(), text: fields(), version };
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        keepalive: true,
        headers: { accept: "application/json", "idempotency-key": pending.key },
        body: new URLSearchParams({ csrf: form.elements.csrf.value, version: pending.version, ...pending.text }),
      });
      const document = await answer.json();
      if (answer.status >= 500 || answer.status === 429) throw new Error(document.title);
      const outcome = outcomes[answer.status] ?? (() => say("refused", document.detail, reload()));
      if (answer.status !== 200) pending = null;
      return (await outcome(document)) === true;
    } catch {
      say("lost");
      later(RETRY);
      return false;
    }
  }

  /* What was sent before comes first; what was typed meanwhile waits for its pause. */
  async function push() {
    clearTimeout(timer);
    if (pending && !(await ask())) return;
    if (same(fields(), saved)) return;
    say("saving");
    if ((await ask()) && !same(fields(), saved)) later(PAUSE);
  }

  function save() {
    busy ??= push().finally(() => {
      busy = null;
    });
    return busy;
  }

  function fill(text) {
    note.value = text.note;
    link.value = text.link;
    save();
  }

  function offer(text) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link";
    button.textContent = state.dataset.use;
    button.addEventListener("click", () => fill(text));
    say("offer", "", button);
  }

  /* What this browser still has of an earlier visit; never in place of what somebody wrote since. */
  function restore() {
    const kept = read(key);
    if (!kept) return;
    if (same(kept, typed())) {
      if (!("unsaved" in form.dataset)) forget(key);
    } else if (kept.version === version) {
      say("restored");
      fill(kept);
    } else {
      offer(kept);
    }
  }

  form.addEventListener("input", () => {
    keep(key, { ...typed(), version });
    later(PAUSE);
  });
  /* What is on its way makes a new version, which the form must name. */
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!busy) return;
    event.preventDefault();
    busy.then(() => form.requestSubmit(event.submitter));
  });
  window.addEventListener("online", save);
  window.addEventListener("pageshow", () => take(version)); // a browser that goes back restores the fields as they were
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  restore();
})();
