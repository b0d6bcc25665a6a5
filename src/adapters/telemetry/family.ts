/** The values a label may take: a closed list (anything else becomes `other`), or names of a shape and a bounded number. */
export type LabelValues = readonly string[] | { readonly shape: RegExp; readonly bound: string }

/** One metric family: its name, labels and bounds are an API, checked against what the process exports. */
export interface Family<Label extends string = string> {
  readonly name: `${string}`
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: { readonly [label in Label]: LabelValues }
  readonly buckets?: readonly number[]
  /** The name before a rename: both are exported for one minor release. */
  readonly formerly?: string
}

/** METRICS 2.1, in seconds. */
export const BUCKETS = {
  fast: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  api: [0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  lro: [15, 30, 60, 120, 300, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200],
  rollout: [60, 300, 600, 1800, 3600, 7200, 14400, 28800, 86400, 259200],
} as const

export const OTHER = 'other'

/** The value as it may stand in a label. */
export function foldLabel(values: LabelValues, value: string): string {
  const isKnown = 'shape' in values ? values.shape.test(value) : values.includes(value)
  return isKnown ? value : OTHER
}

export function counter<L extends string>(
  name: string,
  help: string,
  labels: Family<L>['labels'],
): Family<L> & { readonly type: 'counter' } {
  return { name: `verdigris_${name}`, type: 'counter', help, labels }
}

export function gauge<L extends string>(
  name: string,
  help: string,
  labels: Family<L>['labels'],
): Family<L> & { readonly type: 'gauge' } {
  return { name: `verdigris_${name}`, type: 'gauge', help, labels }
}

export function histogram<L extends string>(
  name: string,
  help: string,
  labels: Family<L>['labels'],
  buckets: readonly number[],
): Family<L> & { readonly type: 'histogram' } {
  return { name: `verdigris_${name}`, type: 'histogram', help, labels, buckets }
}
