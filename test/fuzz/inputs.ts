import fc from 'fast-check'
import { stringify } from 'yaml'
import { CORPUS, type Seedling } from './corpus.ts'
import { mutatedText, mutatedValue } from './mutate.ts'
import { type Random, randomOf } from './random.ts'
import { FIELDS, ODD, ODD_LINES } from './words.ts'

/** One file that may be a manifest, in its place among others. */
export interface Input {
  readonly path: string
  readonly text: string
  readonly around: Readonly<Record<string, string>>
  /** How it was made. */
  readonly way: string
}

const shape = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom(...ODD),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.double(),
    fc.array(tie('value'), { maxLength: 5 }),
    tie('map'),
  ),
  map: fc.dictionary(
    fc.oneof(fc.constantFrom(...FIELDS), fc.string({ maxLength: 8 })),
    tie('value'),
    {
      maxKeys: 8,
    },
  ),
}))
const bytes = fc.uint8Array({ maxLength: 200 })
const text = fc.string({ unit: 'binary', maxLength: 200 })
const pieces = fc.array(
  fc.constantFrom(...ODD_LINES, ...FIELDS.map((name) => `${name}: `), '\n', '  '),
  {
    maxLength: 40,
  },
)

/** The same input for the same numbers: any of them can be made without those before it. */
export function inputOf(seed: number, index: number): Input {
  const random = randomOf(seed, index)
  const place = random.one(CORPUS)
  const { path, around } = place
  const [way, made] = madeIn(random.whole(20), place, random)
  return { path, around, way, text: made }
}

function madeIn(way: number, place: Seedling, random: Random): readonly [string, string] {
  if (way === 0) return ['bytes', new TextDecoder().decode(sample(bytes, random))]
  if (way < 3) return ['text', sample(text, random)]
  if (way < 7) return ['pieces', sample(pieces, random).join('')]
  if (way < 10) return ['shape', stringify(sample(shape.map, random))]
  const other = random.one(CORPUS)
  if (way < 15 || place.value === null) {
    return ['text of a manifest', mutatedText(place.text, other.text, random)]
  }
  const values = [other.value, place.value]
  return ['structure of a manifest', mutatedValue(place.value, values, random)]
}

function sample<T>(arbitrary: fc.Arbitrary<T>, random: Random): T {
  const [one] = fc.sample(arbitrary, { seed: random.seed(), numRuns: 1 })
  return one as T
}
