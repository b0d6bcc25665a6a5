import { describe, expect, test } from '@jest/globals'
import { backgroundUploads } from '../../../src/adapters/azure/write/background-uploads.ts'
import type { Local, Uploads } from '../../../src/adapters/azure/write/upload.ts'

const model = (hash: string): Local => ({
  ref: { kind: 'Model', name: 'large', version: '1' },
  body: {},
  upload: { name: 'weights.bin', isFolder: false, hash, files: [] },
})
const NOTHING = { blob: () => Promise.reject(new Error('not read here')) }
const signal = new AbortController().signal

/** Uploads that end when the test says so. */
function played() {
  const begun: { end: (body: object) => void; fail: (error: Error) => void }[] = []
  const uploads: Uploads = {
    place: () => new Promise((end, fail) => begun.push({ end: (body) => end({ ...body }), fail })),
  }
  return { begun, patient: backgroundUploads(uploads, 1) }
}

describe('an upload that outlasts a tick', () => {
  test('lets the tick go on, and is joined by the next one instead of begun again', async () => {
    const { begun, patient } = played()
    const place = () => patient.place(model('a'), NOTHING, signal)
    await expect(place()).rejects.toMatchObject({ reason: 'Uploading', retry: 'Later' })
    await expect(place()).rejects.toMatchObject({ reason: 'Uploading' })
    begun[0]?.end({ done: true })
    expect(await place()).toEqual({ done: true })
    expect(begun).toHaveLength(1)
  })

  test('that fails is told once, and is begun anew', async () => {
    const { begun, patient } = played()
    const place = () => patient.place(model('a'), NOTHING, signal)
    await expect(place()).rejects.toMatchObject({ reason: 'Uploading' })
    begun[0]?.fail(new Error('connection lost'))
    await expect(place()).rejects.toThrow('connection lost')
    await expect(place()).rejects.toMatchObject({ reason: 'Uploading' })
    expect(begun).toHaveLength(2)
  })

  test('of other content is another upload', async () => {
    const { begun, patient } = played()
    await expect(patient.place(model('a'), NOTHING, signal)).rejects.toThrow()
    await expect(patient.place(model('b'), NOTHING, signal)).rejects.toThrow()
    expect(begun).toHaveLength(2)
  })
})
