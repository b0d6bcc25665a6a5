/**
 * What work costs in times of what other work costs: a ratio, since machines are slow at times. Of each the cheapest of three, in
 * turns.
 */
export function costRatio(work: () => unknown, measure: () => unknown): number {
  const turns = [1, 2, 3].map(() => [costOf(work), costOf(measure)] as const)
  return Math.min(...turns.map(([ms]) => ms)) / Math.min(...turns.map(([, ms]) => ms))
}

/** The clock of a thread's processor time moves by some milliseconds on some machines. */
const ENOUGH_MS = 50

/** Milliseconds: work that takes less than the clock can tell is done again. */
function costOf(work: () => unknown): number {
  const before = process.threadCpuUsage()
  let times = 0
  do {
    work()
    times += 1
  } while (sinceMs(before) < ENOUGH_MS)
  return sinceMs(before) / times
}

/** Of this thread: garbage is collected, and code compiled, by others. */
export function cpuMsOf(work: () => unknown): number {
  const before = process.threadCpuUsage()
  work()
  return sinceMs(before)
}

function sinceMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
