// The result of one job, put together from its parts. All of them follow one state.

import { el } from "./dom.js";
import { facesCard } from "./faces.js";
import { frameCard } from "./frame.js";
import { peopleCard } from "./people.js";
import { modelOf } from "./record.js";
import { timelineCard } from "./timeline.js";
import { verdictCard } from "./verdict.js";
import { CANNOT, failure } from "./words.js";

/** What is shown of a record. */
function startState(model) {
  const best = model.faces.reduce((a, b) => (b.score > a.score ? b : a), model.faces[0]);
  return { threshold: model.threshold, frame: best?.frame, view: "crop", opacity: 0.7, byScore: false, allFaces: false };
}

export function showRecord(into, record, actions) {
  const model = modelOf(record);
  const state = startState(model);
  const parts = [];
  state.set = (change, scroll) => {
    Object.assign(state, change);
    for (const part of parts) part.update();
    if (scroll) into.querySelector(".frame-box")?.scrollIntoView({ block: "nearest" });
  };
  parts.push(verdictCard(model, state, actions));
  if (model.faces.length > 0) {
    if (model.isVideo || model.people.length > 1) parts.push(peopleCard(model, state));
    if (model.frames.length > 1) parts.push(timelineCard(model, state));
    parts.push(frameCard(model, state), facesCard(model, state));
  }
  into.replaceChildren(...parts.map((part) => part.card), facts(model));
  for (const part of parts) part.update();
  return model;
}

function facts(model) {
  const rows = [
    ["Detector", model.record.detector],
    ["SHA-256 of the file", model.media.sha256],
    ["Frames looked at", model.isVideo ? String(model.numFrames) : null],
    ["Pooling", model.record.pooling],
  ].filter(([, value]) => typeof value === "string");
  return el("details", { class: "card" }, el("summary", {}, "About this analysis"),
    el("dl", { class: "facts" }, rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

export function showFailure(into, job, actions) {
  const [title, advice] = failure(job.reason);
  into.replaceChildren(el("article", { class: "card verdict-main", id: "failure" },
    el("p", { class: "file muted" }, el("strong", {}, job.name)),
    el("h1", {}, title),
    job.message && el("p", {}, `${job.message[0].toUpperCase()}${job.message.slice(1)}.`),
    advice && el("p", {}, advice),
    el("p", { class: "small muted number" }, `Reason: ${job.reason}`),
    el("div", { class: "actions" }, el("button", { type: "button", onclick: actions.remove }, "Remove"))));
}

export function showIntro(into, card) {
  into.replaceChildren(el("div", { class: "intro" },
    el("h1", {}, "Was a face in this file replaced or altered?"),
    el("p", {}, "Add an image or a video. Each face in it gets a score from 0 to 1; in a video each person is followed and scored by themselves. A high score is a reason to look closer, and no proof."),
    el("div", { class: "cannot" },
      el("h2", {}, "What it cannot tell"),
      el("ul", {}, CANNOT.map((line) => el("li", {}, line)))),
    card && el("details", {}, el("summary", {}, "The model card of the detector"), el("pre", { class: "card-text" }, card))));
}

const STAGES = { decoding: "Decoding", faces: "Looking for faces", scoring: "Scoring faces", pictures: "Saving pictures" };

/** One line for a job that has not ended. */
export function progressText(job) {
  if (job.state === "uploading") return `Uploading, ${Math.round(100 * job.sent)} %`;
  if (job.state === "queued") return job.position > 0 ? `Queued, ${job.position} before it` : "Queued, next";
  const { stage, done, total, remaining } = job.progress ?? {};
  const words = STAGES[stage] ?? "Starting";
  const steps = total ? `, ${done} of ${total}` : done ? `, ${done}` : "";
  const left = typeof remaining === "number" && done < total ? `, about ${Math.max(Math.ceil(remaining), 1)} s left` : "";
  return `${words}${steps}${left}`;
}

/** A part of the page that shows how far a job is. */
export function showProgress(into, job, cancel) {
  let card = into.querySelector("#progress");
  if (!card) {
    card = el("article", { class: "card verdict-main", id: "progress" },
      el("p", { class: "file muted" }, el("strong", {})),
      el("h1", {}, "Analyzing"),
      el("p", { class: "steps number" }), el("progress", { "aria-label": "Progress" }),
      el("div", { class: "actions" }, el("button", { type: "button", id: "cancel" }, "Cancel")));
    into.replaceChildren(card);
  }
  card.querySelector("strong").textContent = job.name;
  card.querySelector(".steps").textContent = progressText(job);
  card.querySelector("#cancel").onclick = cancel;
  card.querySelector("#cancel").hidden = job.state === "uploading";
  setProgress(card.querySelector("progress"), job);
}

/** Fills a bar; without a number it moves by itself. */
export function setProgress(bar, job) {
  const { done, total } = job.progress ?? {};
  const ratio = job.state === "uploading" ? job.sent : total ? done / total : null;
  if (ratio === null) bar.removeAttribute("value");
  else bar.value = ratio;
}
