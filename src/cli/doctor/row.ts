/** One thing that must be in order before the first write. */
export interface Row {
  readonly check: string
  /** null = not known: what the check needs is missing, or the service does not tell. */
  readonly ok: boolean | null
  readonly detail: string
  /** What to do; empty when there is nothing to do. */
  readonly advice: string
  /** The Application it is about, when there is more than one. */
  readonly application?: string
}

export function passed(check: string, detail: string): Row {
  return { check, ok: true, detail, advice: '' }
}

export function failed(check: string, detail: string, advice: string): Row {
  return { check, ok: false, detail, advice }
}

/** What stands in the way unless a person knows better: the service does not tell. */
export function doubtful(check: string, detail: string, advice: string): Row {
  return { check, ok: null, detail, advice }
}

export function notChecked(check: string, why: string, advice = ''): Row {
  return { check, ok: null, detail: `not checked: ${why}`, advice }
}
