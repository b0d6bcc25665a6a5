import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { deflateSync } from 'node:zlib'
import type { GitServerOptions } from './git-server.ts'

/** Types of objects as packs number them. */
export const TYPE = { commit: 1, tree: 2, blob: 3, tag: 4, refDelta: 7 } as const

/** What a server that speaks Git's protocol, version 2, by hand answers to a fetch. */
export interface PackAnswer {
  /** Where `main` is said to be. */
  readonly tip: string
  /** Sections before the pack, as packet lines. */
  readonly before?: string
  /** What it says to people before the pack. */
  readonly said?: string
  /** Parts of the pack in their order; what `take` returns false for is not asked for any more. */
  readonly pack: Iterable<Buffer>
}

export interface PackServer extends Pick<GitServerOptions, 'intercept'> {
  /** Bytes of packs that clients took. */
  sent(): number
}

/** A server of one branch whose pack is written by hand: what no real server would send. */
export function packServer(answer: PackAnswer): PackServer {
  let bytes = 0
  return {
    sent: () => bytes,
    intercept(request, response) {
      const count = (part: number): void => {
        bytes += part
      }
      if (request.method === 'GET') advertise(response)
      else void answerTo(request, response, answer, count).catch(() => response.destroy())
      return true
    },
  }
}

function advertise(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
  const able = ['version 2', 'ls-refs', 'fetch=shallow filter', 'object-format=sha1']
  response.end(
    `${line('# service=git-upload-pack\n')}0000${able.map((one) => line(`${one}\n`)).join('')}0000`,
  )
}

async function answerTo(
  request: IncomingMessage,
  response: ServerResponse,
  { tip, before = '', said = '', pack }: PackAnswer,
  count: (bytes: number) => void,
): Promise<void> {
  const asked = await text(request)
  response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' })
  if (asked.includes('command=ls-refs'))
    return void response.end(`${line(`${tip} refs/heads/main\n`)}0000`)
  response.write(`${before}${line('packfile\n')}`)
  if (said !== '') response.write(line(`\u0002${said}\n`))
  for (const part of pack) {
    for (let at = 0; at < part.length; at += BAND_BYTES) {
      if (response.destroyed) return
      const piece = part.subarray(at, at + BAND_BYTES)
      const isTaken = response.write(Buffer.concat([head(piece.length + 1), BAND, piece]))
      count(piece.length)
      if (!isTaken) await drained(response)
    }
  }
  response.end('0000')
}

const BAND = Buffer.from([1])
const BAND_BYTES = 65_000

function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const over = (): void => {
    response.off('drain', over).off('close', over)
    resolve()
  }
  response.on('drain', over).on('close', over)
  return promise
}

/** One packet line. */
export function line(content: string): string {
  return `${head(Buffer.byteLength(content))}${content}`
}

function head(bytes: number): Buffer {
  return Buffer.from((bytes + 4).toString(16).padStart(4, '0'))
}

/** The beginning of a pack that says how many objects follow. */
export function packHeader(objects: number): Buffer {
  const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1')
  header.writeUInt32BE(objects, 8)
  return header
}

/** The type of an object and its size once it is unpacked; its compressed content comes behind. */
export function objectHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size % 16)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((bytes.pop() ?? 0) | 0x80)
    bytes.push(rest % 128)
  }
  return Buffer.from(bytes)
}

/** An object as a pack has it. */
export function packed(type: number, content: Buffer): Buffer {
  return Buffer.concat([objectHeader(type, content.length), deflateSync(content)])
}

/** A whole pack, with the checksum that belongs to it. */
export function packOf(...objects: readonly Buffer[]): Buffer {
  const body = Buffer.concat([packHeader(objects.length), ...objects])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

/** The id of an object by its content. */
export function idOf(type: 'commit' | 'tree' | 'blob', content: Buffer): string {
  const header = Buffer.from(`${type} ${content.length}\0`)
  return createHash('sha1').update(header).update(content).digest('hex')
}

/** A difference to another object that copies its beginning again and again, until `size` bytes are full. */
export function deltaOf(base: string, baseBytes: number, size: number): Buffer {
  const copy = Buffer.from([0b1011_0000, 0xff, 0xff])
  const copies = Buffer.concat(Array.from({ length: Math.floor(size / 0xffff) }, () => copy))
  const whole = Math.floor(size / 0xffff) * 0xffff
  const delta = Buffer.concat([varint(baseBytes), varint(whole), copies])
  return Buffer.concat([
    objectHeader(TYPE.refDelta, delta.length),
    Buffer.from(base, 'hex'),
    deflateSync(delta),
  ])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}
