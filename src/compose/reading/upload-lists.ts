import type { Desired, Upload } from '../../core/model/desired.ts'

/**
 * Thousands of deployments may name one folder of thousands of files. Between threads every piece is a copy: the list of
 * files of a content goes with the first thing that uploads it, and `withLists` puts it back into the others.
 */
export function withoutLists(sent: Set<string>): (desired: Desired) => Desired {
  return (desired) =>
    withUploads(desired, (upload) => {
      if (sent.has(upload.hash)) return { ...upload, files: [] }
      sent.add(upload.hash)
      return upload
    })
}

export function withLists(known: Map<string, Upload['files']>): (desired: Desired) => Desired {
  return (desired) =>
    withUploads(desired, (upload) => {
      const files = known.get(upload.hash) ?? upload.files
      known.set(upload.hash, files)
      return { ...upload, files }
    })
}

/** With each upload of a thing, and of the slots of its rollout, changed; what has none stays the same object. */
function withUploads(desired: Desired, change: (upload: Upload) => Upload): Desired {
  const { upload, rollout } = desired
  const own = upload === undefined ? desired : { ...desired, upload: change(upload) }
  if (rollout?.slots === undefined) return own
  const slots = rollout.slots.map((slot) => withUploads(slot, change))
  return { ...own, rollout: { ...rollout, slots } }
}
