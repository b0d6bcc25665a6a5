/** Requests, and those among them that were not answered by 200. */
export interface Figures {
  readonly requests: number
  readonly failed: number
}

export interface SidedFigures extends Figures {
  /** By the deployment asked; '' = none was reached. */
  readonly byDeployment: Readonly<Record<string, Figures>>
}

export interface TrafficFigures extends SidedFigures {
  /** By minute, in order; a minute without a request is left out. The newest week is kept. */
  readonly overTime: readonly (SidedFigures & { readonly atMs: number })[]
}

/** Keeps the figures of users' requests, whole and by the minute. */
export interface Ledger {
  /** Instants must not descend. */
  add(atMs: number, deployment: string, isFailed: boolean): void
  read(): TrafficFigures
}

interface Page {
  readonly atMs: number
  readonly sides: Map<string, { requests: number; failed: number }>
}

const MINUTE_MS = 60_000
const MINUTES_KEPT = 7 * 24 * 60

export function createLedger(): Ledger {
  const whole: Page = { atMs: 0, sides: new Map() }
  const minutes: Page[] = []

  function minuteOf(atMs: number): Page {
    const last = minutes.at(-1)
    if (last !== undefined && atMs < last.atMs + MINUTE_MS) return last
    const page = { atMs: atMs - (atMs % MINUTE_MS), sides: new Map() }
    minutes.push(page)
    if (minutes.length > MINUTES_KEPT) minutes.shift()
    return page
  }

  return {
    add(atMs, deployment, isFailed) {
      enter(whole, deployment, isFailed)
      enter(minuteOf(atMs), deployment, isFailed)
    },
    read: () => ({
      ...figuresOf(whole),
      overTime: minutes.map((page) => ({ atMs: page.atMs, ...figuresOf(page) })),
    }),
  }
}

function enter({ sides }: Page, deployment: string, isFailed: boolean): void {
  const side = sides.get(deployment) ?? { requests: 0, failed: 0 }
  side.requests += 1
  if (isFailed) side.failed += 1
  sides.set(deployment, side)
}

function figuresOf({ sides }: Page): SidedFigures {
  let requests = 0
  let failed = 0
  const byDeployment: Record<string, Figures> = {}
  for (const [name, side] of sides) {
    requests += side.requests
    failed += side.failed
    byDeployment[name] = { ...side }
  }
  return { requests, failed, byDeployment }
}
