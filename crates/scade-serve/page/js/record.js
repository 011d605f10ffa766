// The record of the service as the page needs it: people, frames and faces.

const list = (value) => (Array.isArray(value) ? value : []);

/** `evidence`, `none` or `inconclusive`; undefined where the detector makes no calls. */
const callOf = (call) => ({ evidence: "evidence", "no-evidence": "none", inconclusive: "inconclusive" })[call];

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
    excluded: raw.excluded,
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
      call: callOf(isVideo ? track.call : own[0].call),
      reasons: isVideo ? list(track.reasons) : list(own[0].excluded && [own[0].excluded]),
      segments: list(track.segments),
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
    reasons: list(record.reasons),
    media: record.media ?? {},
    damage: record.damage,
    withoutFace: record.frames_without_face ?? 0,
    numFrames: record.num_frames ?? 1,
    people,
    faces,
    frames,
  };
}
