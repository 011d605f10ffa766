// The page: files come in, jobs are followed, one result is shown.

import * as api from "./api.js";
import { announce, byId, el } from "./dom.js";
import { progressText, setProgress, showFailure, showIntro, showProgress, showRecord } from "./result.js";
import { bytes, failure, number, verdict } from "./words.js";

const MEMORY = "scade.jobs";
const pane = byId("result");
/** Jobs of this session, newest first; those that are uploaded have a number instead of an identifier. */
const jobs = [];
const sending = [];
let current = null;
let card = null;
let limits = null;
let isSending = false;
let isReady = false;
let uploads = 0;

/** One column: the result is below the list. */
const isNarrow = () => matchMedia("(max-width: 900px)").matches;
const isLive = (job) => ["uploading", "queued", "running"].includes(job.state);

// Jobs are found again after the page was loaded anew, and by no one else.
function remember() {
  const ids = jobs.filter((job) => typeof job.id === "string" && !job.isLocal).map((job) => job.id);
  sessionStorage.setItem(MEMORY, JSON.stringify(ids));
}

function guarded(work) {
  return async (...given) => {
    try {
      await work(...given);
    } catch (problem) {
      if (problem.reason === "unauthorized") askForToken();
      else announceProblem(problem.message);
    }
  };
}

function announceProblem(message) {
  byId("ready").dataset.state = "no";
  byId("ready").textContent = message;
  announce(message);
}

// The list.

function drawList() {
  byId("session").hidden = jobs.length === 0;
  document.body.classList.toggle("has-jobs", jobs.length > 0);
  byId("jobs").replaceChildren(...jobs.map((job) => {
    const foot = isLive(job) ? progressText(job) : summary(job);
    const bar = isLive(job) && el("progress", { "aria-label": `Progress of ${job.name}` });
    if (bar) setProgress(bar, job);
    return el("li", { class: "job", "aria-current": job === current ? "true" : null },
      el("button", { type: "button", class: "open", onclick: () => open(job) }, job.name),
      bar,
      el("div", { class: "foot small muted" }, el("span", { class: "number" }, foot),
        el("button", {
          type: "button", class: "plain", "aria-label": `${isLive(job) ? "Cancel" : "Remove"} ${job.name}`,
          onclick: () => (isLive(job) ? cancel(job) : remove(job)),
        }, isLive(job) ? "Cancel" : "Remove")));
  }));
}

function summary(job) {
  if (job.state !== "done") return failure(job.reason)[0];
  const { score, threshold, call } = job.summary ?? {};
  const said = call === "inconclusive" ? "Inconclusive" : score > threshold ? "Evidence" : "No evidence";
  return `${said}, score ${number(score)}`;
}

/** Draws the list without taking the focus from its buttons. */
let isListDue = false;
function listLater() {
  if (isListDue) return;
  isListDue = true;
  setTimeout(() => {
    isListDue = false;
    const focused = document.activeElement;
    const buttons = () => [...byId("jobs").querySelectorAll("button")];
    const place = buttons().indexOf(focused);
    drawList();
    if (place >= 0) buttons()[place]?.focus();
  }, 60);
}

// Jobs.

function open(job) {
  current = job;
  show(job);
  listLater();
}

function show(job) {
  if (isLive(job)) return showProgress(pane, job, () => cancel(job));
  if (job.state !== "done") return showFailure(pane, job, { remove: () => remove(job) });
  return guarded(async () => {
    job.record ??= await api.result(job.id);
    if (job !== current) return;
    const wasShown = pane.dataset.job === job.id;
    const model = showRecord(pane, job.record, { remove: () => remove(job) });
    pane.dataset.job = job.id;
    if (!wasShown && isNarrow()) pane.scrollIntoView({ block: "start" });
    announce(`${job.name}: ${verdict(model, model.threshold).title}`);
    if (document.activeElement === document.body || document.activeElement?.id === "cancel") pane.focus({ preventScroll: true });
  })();
}

function follow(job) {
  const changed = (now) => {
    Object.assign(job, now);
    if (job === current) show(job);
    else if (!isLive(job)) announce(`${job.name}: ${summary(job)}`);
    listLater();
  };
  const lost = () => changed({ state: "failed", reason: "shutting-down", message: "the connection to the service was lost" });
  job.stop = api.follow(job.id, changed, lost);
}

function add(job) {
  if (jobs.length === 0 && isNarrow()) document.querySelector(".samples").open = false;
  jobs.unshift(job);
  remember();
  // A file that comes while another one runs does not push it aside.
  if (!current || !isLive(current)) open(job);
  listLater();
}

const cancel = guarded(async (job) => {
  if (job.isLocal) {
    sending.splice(0, sending.length, ...sending.filter((each) => each.job !== job));
    return forget(job);
  }
  Object.assign(job, await api.cancel(job.id));
  if (job === current) show(job);
  listLater();
});

const remove = guarded(async (job) => {
  forget(job);
  if (!job.isLocal) {
    await api.remove(job.id).catch((problem) => {
      if (problem.reason !== "not-found") throw problem;
    });
  }
});

function forget(job) {
  job.stop?.();
  jobs.splice(jobs.indexOf(job), 1);
  remember();
  if (job === current) {
    current = null;
    if (jobs.length > 0) open(jobs[0]);
    else showIntro(pane, card);
  }
  drawList();
}

// Files.

function take(files) {
  for (const file of files) {
    const job = { id: ++uploads, isLocal: true, name: file.name || "pasted image", state: "uploading", sent: 0 };
    add(job);
    if (limits && file.size > limits.upload_bytes) {
      fail(job, { reason: "too-large", message: `it has ${bytes(file.size)}; at most ${bytes(limits.upload_bytes)} are taken` });
    } else {
      sending.push({ job, file });
    }
  }
  sendAll();
}

function fail(job, { reason, message }) {
  Object.assign(job, { state: "failed", reason, message });
  if (job === current) show(job);
  listLater();
}

/** One after the other; where the service is busy, again. */
async function sendAll() {
  if (isSending) return;
  isSending = true;
  while (sending.length > 0) {
    const { job, file } = sending[0];
    try {
      const created = await api.upload(file, (sent) => {
        job.sent = sent;
        if (job === current) show(job);
        listLater();
      });
      Object.assign(job, created, { isLocal: false });
      remember();
      if (job === current) show(job);
      follow(job);
    } catch (problem) {
      if (["queue-full", "busy", "not-ready"].includes(problem.reason)) {
        await new Promise((resolve) => setTimeout(resolve, 1000 * problem.retry));
        continue;
      }
      if (problem.reason === "unauthorized") askForToken();
      fail(job, problem);
    }
    if (sending[0]?.job === job) sending.shift();
  }
  isSending = false;
}

function listen() {
  const drop = byId("drop");
  byId("choose").onclick = () => byId("files").click();
  byId("files").onchange = (event) => {
    take([...event.target.files]);
    event.target.value = "";
  };
  // Anywhere on the page: a file that misses the field would replace the page.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) take(files);
  });
  byId("login").onsubmit = (event) => {
    event.preventDefault();
    logIn(byId("token").value);
  };
}

// The service.

function askForToken() {
  byId("login").hidden = false;
  byId("token").focus();
}

async function logIn(token) {
  try {
    await api.logIn(token);
    byId("login").hidden = true;
    byId("token").value = "";
    byId("login-problem").textContent = "";
    await start();
  } catch (problem) {
    byId("login-problem").textContent = problem.reason === "unauthorized" ? "This is not the token." : problem.message;
    askForToken();
  }
}

async function watchReady() {
  try {
    await api.ready();
    byId("ready").dataset.state = "yes";
    byId("ready").textContent = "Ready. Nothing leaves this machine.";
    if (!isReady) {
      isReady = true;
      guarded(start)();
    }
  } catch (problem) {
    isReady = false;
    byId("ready").dataset.state = problem.reason === "not-ready" ? "wait" : "no";
    byId("ready").textContent = problem.message;
  }
  setTimeout(watchReady, isReady ? 10_000 : 1000);
}

async function start() {
  limits = await api.limits();
  const megapixels = Math.floor(limits.pixels / 1e6);
  byId("limits").textContent = `Up to ${bytes(limits.upload_bytes)} and ${megapixels} megapixels; videos up to ${Math.round(limits.seconds / 60)} minutes, of which ${limits.frames} frames are scored.`;
  const samples = await api.samples();
  byId("samples").replaceChildren(...samples.map(({ name, file, text }) =>
    el("button", { type: "button", id: `sample-${name}`, title: file, onclick: guarded(async () => startSample(name)) },
      text[0].toUpperCase() + text.slice(1))));
  ({ card } = await api.detector());
  await restore();
  if (!current) showIntro(pane, card);
}

async function startSample(name) {
  const buttons = byId("samples").querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    const job = await api.sample(name);
    add(job);
    follow(job);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

async function restore() {
  if (jobs.length > 0) return;
  for (const id of JSON.parse(sessionStorage.getItem(MEMORY) ?? "[]")) {
    try {
      const job = await api.job(id);
      jobs.push(job);
      if (isLive(job)) follow(job);
    } catch (problem) {
      if (problem.reason !== "not-found") throw problem;
    }
  }
  remember();
  if (jobs.length > 0) open(jobs[0]);
}

// A link with the token, as the program prints it; the token does not stay in the address.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) history.replaceState(null, "", location.pathname);
listen();
showIntro(pane, null);
if (token) await logIn(token);
watchReady();
