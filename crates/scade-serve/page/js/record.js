// The record of the service as the page needs it: people, frames and faces.

const list = (value) => (Array.isArray(value) ? value : []);

/** Codes or objects with words, as `{ code, message }`. */
function reasonsOf(value) {
  return list(value).map((entry) => {
    if (typeof entry === "string") return { code: entry };
    const code = entry.reason ?? entry.code ?? entry.kind ?? "";
    return { code: String(code), message: entry.message ?? entry.text };
  });
}

/** `evidence`, `none` or `inconclusive`; undefined where the detector makes no calls. */
function callOf(call) {
  const name = typeof call === "string" ? call : call?.call ?? call?.kind ?? call?.decision;
  if (typeof name !== "string") return undefined;
  const plain = name.toLowerCase().replace(/[ _]/g, "-");
  if (plain === "evidence") return "evidence";
  if (plain === "inconclusive") return "inconclusive";
  return plain.startsWith("no") ? "none" : undefined;
}

function segmentsOf(value) {
  return list(value).map((segment) => ({
    frames: segment.frames ?? [segment.start, segment.end],
    times: segment.times,
  }));
}

function faceOf(raw, index, isVideo) {
  return {
    index,
    score: raw.score,
    box: raw.face?.bbox ?? raw.bbox,
    frame: raw.frame ?? 0,
    time: raw.time,
    // In an image each face is a person.
    person: isVideo ? raw.track ?? 0 : index,
    pictures: list(raw.pictures),
  };
}

/** The model of a record. */
export function modelOf(record) {
  const isVideo = record.kind === "video";
  const faces = list(record.faces).map((raw, index) => faceOf(raw, index, isVideo));
  const tracks = new Map(list(record.tracks).map((track) => [track.track, track]));
  const numbers = [...new Set(faces.map((face) => face.person))].sort((a, b) => a - b);
  const people = numbers.map((number, order) => {
    const own = faces.filter((face) => face.person === number);
    const track = tracks.get(number) ?? {};
    const best = own.reduce((a, b) => (b.score > a.score ? b : a));
    return {
      number,
      order,
      name: `Person ${order + 1}`,
      faces: own,
      best,
      score: track.score ?? (own.length === 1 ? own[0].score : numbers.length === 1 ? record.score : best.score),
      probability: track.probability,
      call: callOf(track.call),
      reasons: reasonsOf(track.reasons ?? track.call?.reasons),
      segments: segmentsOf(track.segments ?? track.suspect_segments),
    };
  });
  const order = new Map(people.map((person) => [person.number, person.order]));
  for (const face of faces) face.order = order.get(face.person);
  const frames = [...new Set(faces.map((face) => face.frame))].sort((a, b) => a - b).map((number) => {
    const own = faces.filter((face) => face.frame === number);
    return { number, time: own[0].time, faces: own };
  });
  return {
    record,
    id: record.id,
    name: record.name,
    isVideo,
    score: record.score,
    threshold: record.threshold,
    probability: record.probability,
    call: callOf(record.call),
    reasons: reasonsOf(record.reasons ?? record.call?.reasons),
    segments: segmentsOf(record.segments),
    media: record.media ?? {},
    damage: record.damage,
    withoutFace: record.frames_without_face ?? 0,
    numFrames: record.num_frames ?? 1,
    people,
    faces,
    frames,
  };
}
