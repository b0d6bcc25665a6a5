import { type Manifests, type ManifestsInput, readManifests } from '../../core/manifests/read.ts'
import { endedReading, MANIFESTS_BUDGET, type ManifestsBudget } from './manifests-budget.ts'

class TooLong extends Error {}

/**
 * `readManifests` in the caller's thread, for commands that serve nobody meanwhile. Its own limits bound the time of a file;
 * the time of the whole is looked at before each one.
 */
export function readManifestsHere(
  input: ManifestsInput,
  budget: Pick<ManifestsBudget, 'snapshotMs'> = MANIFESTS_BUDGET,
): Manifests {
  const before = process.cpuUsage()
  let current: string | undefined
  const onProgress = (file: string | undefined): void => {
    current = file
    const { user, system } = process.cpuUsage(before)
    if ((user + system) / 1000 > budget.snapshotMs) throw new TooLong()
  }
  try {
    return readManifests({ ...input, onProgress })
  } catch (error) {
    if (!(error instanceof TooLong)) throw error
    const ended = endedReading('snapshot', current, { ...MANIFESTS_BUDGET, ...budget })
    return { ...ended, applications: [], documents: 0 }
  }
}
