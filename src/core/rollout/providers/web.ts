import { z } from 'zod'
import { prose, text } from '../../kinds/fields/fields.ts'
import { hostName } from './host-name.ts'
import type { Provider } from './provider.ts'

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/

// Printable ASCII without what could leave the path: "\" and "//" may name another host to a lax reader.
function checkPath(path: string): string | undefined {
  const isPath = /^\/[!-~]*$/.test(path) && !path.startsWith('//') && !/[\\#]/.test(path)
  return isPath ? undefined : 'must be a path from "/", percent-encoded, without "#" and "\\"'
}

const schema = z
  .strictObject({
    host: hostName().describe('Which of the configured hosts.'),
    path: text(1_024, checkPath).describe('Path on that host.'),
    pointer: prose(512)
      .refine((pointer) => POINTER.test(pointer), {
        error: 'must be a JSON pointer, like /data/errorRate',
        params: { reason: 'InvalidValue' },
      })
      .describe('JSON Pointer (RFC 6901) of the number in the answer; empty = the answer itself.'),
  })
  .describe('A number in the JSON of a configured host.')

export type WebQuery = z.infer<typeof schema>

/** A number in the JSON that a configured host gives at a path, with the same placeholders as Prometheus' queries. */
export const web: Provider<WebQuery> = {
  name: 'web',
  wants: ['value'],
  zeroes: ['value'],
  schema,
  graceMs: 0,
  minWindowMs: 1_000,
}
