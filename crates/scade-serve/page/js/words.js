// What results are called. A detector finds signs; it proves nothing in either direction.

export const CANNOT = [
  "Images or videos that were generated as a whole, and text-to-video: their scores mean nothing.",
  "A forged voice, background or text.",
  "Faces that are small, blurred, strongly compressed or enlarged: it finds less in them.",
  "Beauty filters, make-up, montages and filmed screens can look like forgeries to it.",
];

/** Why nothing is concluded; each from the fields of the record's reason. */
const REASONS = {
  small: ({ side, least }) => `the face is small: ${Math.round(side)} pixels, at least ${Math.round(least)} are needed`,
  soft: () => "the face has no fine detail: it is enlarged or out of focus",
  compressed: () => "the image is strongly compressed",
  "few-frames": ({ frames, least }) => `only ${frames} usable ${frames === 1 ? "frame" : "frames"} of this face, at least ${least} are needed`,
};

const FAILURES = {
  "no-face": ["No face found", "It cannot be checked. A larger or sharper picture of the face may help."],
  "too-small": ["The image is too small", "Faces below about 60 pixels are not found."],
  "unsupported": ["This kind of file is not read", "Images and videos of usual formats are."],
  "damaged": ["The file is damaged", "A new copy of it may help."],
  "empty": ["The file is empty", ""],
  "too-large": ["The file is too large", "The limits are beside the button for files."],
  "too-long": ["The video is too long", "Cut out the part that matters."],
  "timed-out": ["The analysis took too long", "A shorter or smaller file may work."],
  "crashed": ["The file made the decoder fail", "Other files are not affected."],
  "cancelled": ["Cancelled", ""],
  "shutting-down": ["The service ended", "Send the file again when it runs."],
  "queue-full": ["Too many files wait", "Send it again later."],
  "busy": ["Too many uploads at once", "Send it again later."],
  "not-ready": ["The detector is not loaded yet", "Send it again later."],
  "incomplete": ["The upload broke off", "Send the file again."],
};

/** Title and advice for a job without a result. */
export function failure(reason) {
  return FAILURES[reason] ?? ["This could not be analyzed", ""];
}

export const reasonText = (reason) => REASONS[reason.reason]?.(reason) ?? String(reason.reason).replaceAll("-", " ");

export const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value.toFixed(3) : "–");

/** Seconds as `1:05.2`, or the number of the frame. */
export function place(frame) {
  if (typeof frame.time !== "number") return `frame ${frame.number ?? frame.frame}`;
  const minutes = Math.floor(frame.time / 60);
  const seconds = (frame.time - 60 * minutes).toFixed(2);
  return minutes > 0 ? `${minutes}:${seconds.padStart(5, "0")}` : `${seconds} s`;
}

export function bytes(count) {
  if (count < 1000) return `${count} bytes`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(count) / 3), units.length);
  const value = count / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]}`;
}

/** The call at a threshold. That of the detector counts only at its own. */
export function callAt(model, threshold) {
  const isOwn = threshold === model.threshold;
  if (isOwn && model.call) return model.call;
  return model.score > threshold ? "evidence" : "none";
}

/** The verdict in a sentence. */
export function verdict(model, threshold) {
  const call = callAt(model, threshold);
  if (call === "inconclusive") return { call, title: "Inconclusive" };
  const several = model.people.length > 1;
  const above = model.people.filter((person) => person.score > threshold).length;
  const among = several ? ` in ${above} of ${model.people.length} people` : "";
  if (call === "evidence") return { call, title: `Evidence of manipulation${above > 0 ? among : ""}` };
  return { call, title: "No evidence of manipulation found" };
}

export const CAVEAT = {
  evidence: "This is a reason to look closer. It is no proof.",
  none: "This is no proof that the file is authentic.",
  inconclusive: "The detector cannot tell. Look for other evidence.",
};

/** The result as plain text, to be pasted into a report. */
export function report(model, threshold) {
  const { call, title } = verdict(model, threshold);
  const lines = [`${model.name}: ${title}.`, CAVEAT[call], ""];
  const limit = threshold === model.threshold ? "" : ` (set by hand; that of the detector is ${number(model.threshold)})`;
  lines.push(`Score ${number(model.score)}, threshold ${number(threshold)}${limit}.`);
  if (model.probability !== undefined) lines.push(`Calibrated probability of forgery: ${number(model.probability)}.`);
  for (const reason of model.reasons) lines.push(`- ${reasonText(reason)}`);
  if (model.isVideo) {
    lines.push(`Frames looked at: ${model.numFrames}, without a face: ${model.withoutFace}.`);
    for (const person of model.people) {
      const ends = [person.faces[0], person.faces.at(-1)].map(place);
      lines.push(`${person.name}: score ${number(person.score)}, ${person.faces.length} frames, ${ends[0]} to ${ends[1]}.`);
    }
  } else if (model.people.length > 1) {
    for (const person of model.people) lines.push(`${person.name}: score ${number(person.score)}.`);
  }
  if (model.damage) lines.push(`The file is damaged: ${model.damage}.`);
  if (model.media.sha256) lines.push(`SHA-256 of the file: ${model.media.sha256}`);
  lines.push("", "What the detector cannot tell:", ...CANNOT.map((line) => `- ${line}`));
  return lines.join("\n");
}
