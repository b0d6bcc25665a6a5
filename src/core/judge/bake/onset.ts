/** How a bet on a regression is spread over the windows (1, 2, …) in which the regression may begin. */
export interface Onset {
  /** The share that is bet on window k. */
  readonly begins: (k: number) => number
  /** The share that is not bet yet after window k. */
  readonly rest: (k: number) => number
}

const EARLY = 0.9

/** For a candidate that has just got its first traffic: most is bet on what is wrong from the first window. */
export const FROM_START: Onset = {
  begins: (k) => (k === 1 ? EARLY : (1 - EARLY) / (k * (k - 1))),
  rest: (k) => (1 - EARLY) / k,
}

/** For the bake, which begins with a candidate that was good so far: the shares fall so slowly that a late one is enough. */
export const ANY_TIME: Onset = {
  begins: (k) => (k === 1 ? 0.5 : 0.5 / Math.log2(k) - 0.5 / Math.log2(k + 1)),
  rest: (k) => 0.5 / Math.log2(k + 1),
}
