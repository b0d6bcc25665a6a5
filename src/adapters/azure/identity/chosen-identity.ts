import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth'
import type { TokenCredentialOptions } from '@azure/identity'
import { cleanText } from '../../../core/model/redact/redact.ts'
import { isObject, type Json } from '../../../core/model/values/json.ts'
import {
  ClientSecretCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '../http/sdk.ts'

/** One identity and no other; `is` names it to people. */
export type ChosenIdentity = { readonly is: string } & (
  | {
      readonly by: 'workload'
      readonly clientId: string
      readonly tenantId: string
      /** Holds the token that Kubernetes projects. */
      readonly tokenFile: string
    }
  | {
      readonly by: 'managed'
      readonly name: { readonly clientId: string } | { readonly resourceId: string }
    }
  | {
      readonly by: 'secret'
      /** Where the secret is, for messages. */
      readonly variable: string
      /** JSON with tenantId, clientId and clientSecret. May throw. */
      readonly read: () => string
    }
  | {
      /** The configuration does not fit together. */
      readonly by: 'nothing'
      readonly why: string
    }
)

/** Options of @azure/identity; some of its credentials change those that they are given. */
export type CommonOptions = TokenCredentialOptions & { readonly disableInstanceDiscovery?: boolean }

/** The credential of one identity: it never falls back to another one. Throws nothing; its tokens may fail. */
export function credentialOfChosen(chosen: ChosenIdentity, common: CommonOptions): TokenCredential {
  switch (chosen.by) {
    case 'workload': {
      const { clientId, tenantId, tokenFile } = chosen
      const workload = { clientId, tenantId, tokenFilePath: tokenFile }
      return new WorkloadIdentityCredential({ ...common, ...workload })
    }
    case 'managed':
      return plainly(new ManagedIdentityCredential({ ...common, ...chosen.name }))
    case 'secret':
      return secretCredential(chosen, common)
    case 'nothing':
      return { getToken: () => Promise.reject(new Error(chosen.why)) }
  }
}

/** Its errors begin with a name that looks like that of a secret, which would hide what comes after it. */
function plainly(credential: TokenCredential): TokenCredential {
  return {
    getToken: (scopes, how) =>
      credential.getToken(scopes, how).catch((error: Error) => {
        throw new Error(error.message.replace(/^\w+Credential: /, ''))
      }),
  }
}

/** Reads the secret at each question, since its file may have been rotated; tokens are kept while it is the same. */
function secretCredential(
  { variable, read }: Extract<ChosenIdentity, { by: 'secret' }>,
  common: CommonOptions,
): TokenCredential {
  let last: { readonly text: string; readonly credential: TokenCredential } | undefined
  return {
    async getToken(scopes: string | string[], how?: GetTokenOptions): Promise<AccessToken | null> {
      const text = textOf(variable, read)
      const { tenantId, clientId, clientSecret } = secretIn(variable, text)
      if (last?.text !== text) {
        const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
          ...common,
        })
        last = { text, credential }
      }
      return last.credential.getToken(scopes, how).catch((error: Error) => {
        throw new Error(cleanText(error.message, [clientSecret]))
      })
    },
  }
}

function textOf(variable: string, read: () => string): string {
  try {
    return read()
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException
    throw new Error(`The file that ${variable} names cannot be read (${code}).`)
  }
}

const FIELDS = ['tenantId', 'clientId', 'clientSecret'] as const

type ClientSecret = { readonly [Field in (typeof FIELDS)[number]]: string }

/** Says what is wrong without a word of what was read. */
function secretIn(variable: string, text: string): ClientSecret {
  const fields = jsonIn(text)
  const isIt =
    isObject(fields) &&
    Object.keys(fields).length === FIELDS.length &&
    FIELDS.every((field) => typeof fields[field] === 'string' && fields[field] !== '')
  if (isIt) return fields as unknown as ClientSecret
  throw new Error(
    `${variable} has to be JSON with the texts ${FIELDS.join(', ')}, and nothing else.`,
  )
}

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
