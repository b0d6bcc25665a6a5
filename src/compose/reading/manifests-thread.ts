import { serialize } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { type Manifests, readManifests } from '../../core/manifests/read.ts'
import type { Desired } from '../../core/model/desired.ts'
import type { SnapshotFile } from '../../core/model/snapshot.ts'
import { createBoundedCache } from '../../core/model/values/bounded-cache.ts'
import { canonical } from '../../core/model/values/json.ts'
import { type Answer, type Begin, PROGRESS, piecesOf, type Request } from './reading-messages.ts'
import { withoutLists } from './upload-lists.ts'

/** The thread of `readInThread`: takes snapshots one after the other, and gives what they declare in pieces. */
const progress = new Int32Array(workerData as SharedArrayBuffer)
/** What was read of files lately is remembered by the object of the variables: the same ones have to be the same object. */
const variablesKnown = createBoundedCache<Begin['variables']>(100, () => 1)

let begun: Begin | undefined
let files: SnapshotFile[] = []
let pieces: Iterator<Desired[]> = [].values()
let next: IteratorResult<Desired[]> = { done: true, value: undefined }

class CostlyFile extends Error {
  readonly path: string
  constructor(path: string) {
    super(path)
    this.path = path
  }
}

function answerTo(request: Request): Answer {
  if (request.is === 'begin') {
    begun = request
    files = []
    return { is: 'taken' }
  }
  if (request.is === 'files') {
    files.push(...request.files)
    return { is: 'taken' }
  }
  if (request.is === 'more') return nextPiece()
  try {
    const { desired, problems } = read()
    pieces = piecesOf(desired.map(withoutLists(new Set())), (one) => serialize(one).length)
    next = pieces.next()
    return { is: 'read', problems }
  } catch (error) {
    if (error instanceof CostlyFile) return { is: 'costly', path: error.path }
    throw error
  } finally {
    files = []
  }
}

function read(): Manifests {
  if (begun === undefined) throw new Error('nothing was begun')
  const { snapshot, variables, exclude, limits, costly } = begun
  const indexes = new Map(files.map(({ path }, index) => [path, index]))
  const onProgress = (path: string | undefined): void => {
    const index = path === undefined ? -1 : (indexes.get(path) ?? -1)
    Atomics.store(progress, PROGRESS.file, index)
    Atomics.add(progress, PROGRESS.begun, 1)
    const blob = files[index]?.blob
    if (path !== undefined && blob !== undefined && costly.has(blob)) throw new CostlyFile(path)
  }
  onProgress(undefined)
  return readManifests({
    snapshot: { ...snapshot, files },
    variables: sameVariables(variables),
    exclude,
    limits,
    onProgress,
  })
}

function sameVariables(variables: Begin['variables']): Begin['variables'] {
  const name = canonical(variables)
  const known = variablesKnown.get(name) ?? variables
  variablesKnown.set(name, known)
  return known
}

function nextPiece(): Answer {
  const desired = next.done === true ? [] : next.value
  next = pieces.next()
  return { is: 'piece', desired, isLast: next.done === true }
}

parentPort?.on('message', (request: Request) => parentPort?.postMessage(answerTo(request)))
