import type { Snapshot } from '../../src/core/model/snapshot.ts'
import { type Source, SourceError } from '../../src/reconcile/ports.ts'

/** One folder of a repository as the source of an Application. */
export function partOf(source: Source, folder: string): Source {
  const below = (snapshot: Snapshot): Snapshot => {
    const files = snapshot.files.filter(({ path }) => path.startsWith(`${folder}/`))
    if (files.length === 0) throw new SourceError('PathNotFound', `no files in ${folder}`)
    return { ...snapshot, files }
  }
  const { copy } = source
  return {
    read: async (signal) => below(await source.read(signal)),
    ...(copy && {
      copy: {
        ...copy,
        async read(signal) {
          const snapshot = await copy.read(signal)
          return snapshot && below(snapshot)
        },
      },
    }),
    async at(revision, signal) {
      const snapshot = await source.at(revision, signal)
      return snapshot && below(snapshot)
    },
    isAncestor: source.isAncestor,
    blob: source.blob,
  }
}
