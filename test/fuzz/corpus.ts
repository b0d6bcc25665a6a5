import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Json } from '../../src/core/model/values/json.ts'
import { exampleFiles, MANIFESTS } from '../support/examples.ts'

/** A real manifest, and what lies around it. */
export interface Seedling {
  /** Of the file, from the root of the repository it is taken from. */
  readonly path: string
  readonly text: string
  /** Its first document, to be changed in its structure; null where it is none. */
  readonly value: Json
  /** Other files, by path, which it may name. */
  readonly around: Readonly<Record<string, string>>
}

const SAMPLES = readdirSync('manifests', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join('manifests', name))
  .sort()

const APPLICATION = 'manifests/application.yaml'

/** Each a repository. */
const OWN = [...SAMPLES, 'test/official-clients/project']

/** Every manifest of this repository: the samples, those of the tests with Microsoft's client, and Microsoft's examples. */
export const CORPUS: readonly Seedling[] = [
  seedling(APPLICATION, readFileSync(APPLICATION, 'utf8'), {}),
  ...OWN.flatMap(ownIn),
  ...MANIFESTS.map(example),
]

function ownIn(folder: string): readonly Seedling[] {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const texts = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]))
  const content = paths.filter((path) => !/\.ya?ml$/.test(path) || /conda|env/.test(path))
  const around = Object.fromEntries(content.map((path) => [path, texts.get(path) ?? '']))
  return paths
    .filter((path) => /\.ya?ml$/.test(path))
    .map((path) => seedling(path, texts.get(path) ?? '', around))
}

function example(path: string): Seedling {
  const near = path.split('/').slice(0, -2).join('/')
  const all = Object.entries(exampleFiles(path))
  const around = all.filter(([other]) => other !== path && other.startsWith(`${near}/`))
  return seedling(path, exampleFiles(path)[path] ?? '', Object.fromEntries(around))
}

function seedling(path: string, text: string, around: Seedling['around']): Seedling {
  const { [path]: _, ...others } = around
  return { path, text, value: dataOf(text), around: others }
}

function dataOf(text: string): Json {
  const [first] = parseAllDocuments(text, { logLevel: 'silent' })
  if (first === undefined || !('errors' in first) || first.errors.length > 0) return null
  return first.toJS()
}
