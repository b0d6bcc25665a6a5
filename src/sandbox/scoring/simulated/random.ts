import { wordsOf } from '../../core/ids.ts'

// As in core/ids.ts: looked up once.
const { cos, log, PI, sqrt } = Math

/** Numbers that look like chance and are the same for the same seed. Each call takes the next of the stream. */
export interface Random {
  /** Evenly from 0 (in) to 1 (out). */
  uniform(): number
  /** From the standard normal distribution. */
  normal(): number
  /** From the exponential distribution of mean 1. */
  exponential(): number
}

/** The stream of a seed text: sfc32 of Chris Doty-Humphrey's PractRand, its state drawn from the text. */
export function createRandom(seed: string): Random {
  let [a, b, c, counter] = wordsOf(seed)
  function uniform(): number {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  // As its author has it: the state must have mixed before the first number is taken.
  for (let round = 0; round < 12; round += 1) uniform()
  return {
    uniform,
    exponential: () => -log(1 - uniform()),
    // Box and Muller, 1958.
    normal: () => sqrt(-2 * log(1 - uniform())) * cos(2 * PI * uniform()),
  }
}
