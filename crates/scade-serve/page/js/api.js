// Requests to the service.

/** Why the service refused a request. */
export class Problem extends Error {
  constructor(reason, message, status, retry) {
    super(message);
    Object.assign(this, { reason, status, retry });
  }
}

function problemOf(status, text, retry) {
  try {
    const { reason, message } = JSON.parse(text);
    return new Problem(reason, message, status, Number(retry) || 5);
  } catch {
    return new Problem("internal", `The service answered with status ${status}.`, status, 5);
  }
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem("offline", "The service does not answer. Is it still running?", 0, 5);
  }
  if (!response.ok) throw problemOf(response.status, await response.text(), response.headers.get("Retry-After"));
  return response;
}

const json = async (path, options) => (await request(path, options)).json();
const address = (id) => `/api/v1/jobs/${id}`;

export const ready = () => request("/readyz");
export const limits = () => json("/api/v1/limits");
export const detector = () => json("/api/v1/detector");
export const samples = () => json("/api/v1/samples");
export const sample = (name) => json(`/api/v1/samples/${name}`, { method: "POST" });
export const job = (id) => json(address(id));
export const result = (id) => json(`${address(id)}/result`);
export const cancel = (id) => json(`${address(id)}/cancel`, { method: "POST" });
export const remove = (id) => request(address(id), { method: "DELETE" });
export const logIn = (token) =>
  request("/api/v1/session", { method: "POST", headers: { Authorization: `Bearer ${token}` } });

export const resultUrl = (id) => `${address(id)}/result`;
export const faceUrl = (id, face, picture = "crop") =>
  `${address(id)}/faces/${face}${picture === "crop" ? "" : `-${picture}`}.png`;
export const frameUrl = (id, frame) => `${address(id)}/frames/${frame}.jpg`;

/** Sends a file; `progress` gets the ratio that was sent. `fetch` does not tell it. */
export function upload(file, progress) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", `/api/v1/jobs?name=${encodeURIComponent(file.name || "pasted image")}`);
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    sending.upload.onprogress = (event) => progress(event.loaded / Math.max(event.total, 1));
    sending.onload = () => {
      if (sending.status === 201) resolve(JSON.parse(sending.responseText));
      else reject(problemOf(sending.status, sending.responseText, sending.getResponseHeader("Retry-After")));
    };
    sending.onerror = () => reject(new Problem("offline", "The upload was broken off.", 0, 5));
    sending.send(file);
  });
}

/** Calls `changed` with the job at each change until it has ended. Returns how to stop. */
export function follow(id, changed, lost) {
  const events = new EventSource(`${address(id)}/events`);
  events.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    if (!["queued", "running"].includes(job.state)) events.close();
    changed(job);
  });
  events.onerror = () => {
    // The browser comes again by itself, unless the answer was final.
    if (events.readyState === EventSource.CLOSED) lost();
  };
  return () => events.close();
}
