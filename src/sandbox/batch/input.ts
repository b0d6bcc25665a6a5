import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import type { JobInput } from '../core/jobs/job-view.ts'
import { blobPlaceOf, notOurs, type Storage } from '../scoring/files.ts'

const filesMax = 200_000
const bytesMax = 8_000_000_000
const atOnce = 16

/** An input that is not there, or that cannot be had. */
export class InputMissing extends Error {}

interface Source {
  readonly container: string
  readonly name: string
  readonly path: string
}

/** Copies the files of all inputs below a folder; gives their paths in the order of their names. */
export async function fetchInputs(
  storage: Storage,
  inputs: readonly JobInput[],
  folder: string,
  signal: AbortSignal,
): Promise<string[]> {
  const sources: Source[] = []
  for (const input of inputs) sources.push(...(await sourcesOf(storage, input, folder)))
  if (sources.length === 0) throw new InputMissing('The job has no input files.')
  if (sources.length > filesMax) throw new InputMissing(`More than ${filesMax} input files.`)
  const folders = new Set(sources.map(({ path }) => dirname(path)))
  for (const one of folders) await mkdir(one, { recursive: true })
  let next = 0
  let bytes = 0
  const carry = async (): Promise<void> => {
    for (;;) {
      signal.throwIfAborted()
      const source = sources[next++]
      if (source === undefined) return
      const content = await storage.blobs.read(source.container, source.name)
      bytes += content.byteLength
      if (bytes > bytesMax) throw new InputMissing(`More than ${bytesMax} bytes of input.`)
      await writeFile(source.path, content)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, carry))
  return sources.map(({ path }) => path)
}

async function sourcesOf(storage: Storage, input: JobInput, folder: string): Promise<Source[]> {
  const place = blobPlaceOf(input.uri, storage)
  if (place === undefined) {
    throw new InputMissing(`${notOurs(input.uri)}.`)
  }
  const { container } = place
  const path = place.path.replace(/(?<!\/)\/+$/, '')
  const inside = path === '' ? '' : `${path}/`
  const listed = await storage.blobs.list(container, path).catch((error: Error) => {
    throw new InputMissing(`The input at ${input.uri} cannot be listed: ${error.message}`)
  })
  const names = listed.filter(
    (name) => name === path || (name.startsWith(inside) && !name.endsWith('/')),
  )
  if (names.length === 0) throw new InputMissing(`There is no input at ${input.uri}`)
  const base = resolve(folder, input.name.replaceAll(/[^\w.-]/g, '_'))
  const cutOf = (name: string) => (name === path ? path.lastIndexOf('/') + 1 : inside.length)
  return names.map((name) => {
    const target = resolve(base, name.slice(cutOf(name)))
    if (!target.startsWith(base + sep)) {
      throw new InputMissing(`A blob's name leads out of its folder: ${name}`)
    }
    return { container, name, path: target }
  })
}
