import { cleanText } from '../../../src/core/model/redact/redact.ts'
import { SECRET_KINDS, secretsOf } from '../../support/secrets.ts'
import type { Edge } from './edge.ts'
import { textOf } from './texts.ts'

const SECRETS = secretsOf(4 * SECRET_KINDS.length, 20_261_130)
const MOST = 80_000

export const redact: Edge = {
  name: 'redact',
  asks: 'no secret that stands by itself, nothing that commands a terminal, a bounded length',
  make(random) {
    const { text: planted, secret } = random.one(SECRETS)
    const text = `${textOf(random, MOST)}\n${planted}\n${textOf(random, 2000)}`
    return {
      text,
      run() {
        const shown = cleanText(text)
        if (shown.includes(secret)) return `the secret of ${planted.slice(0, 60)} is shown`
        if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(shown)) return 'something unseen is left'
        return shown.length > 2100 ? `${shown.length} characters are shown` : undefined
      },
    }
  },
}
