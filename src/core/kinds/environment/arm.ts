import type { Desired } from '../../model/desired.ts'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import { condaData } from '../conda.ts'
import { defined } from '../decode.ts'
import type { ArmContext } from '../kind.ts'
import { drop, fold, type NormalStep, normalForm, ownProperties, type Steps } from '../normal.ts'
import { longUri } from '../reference.ts'

/**
 * `condaFile` is written as JSON, which is YAML too, in the form in which the service gives it back. A local build
 * context has its datastore URI; the Azure adapter, which knows the storage account, writes it as the blob URL. What is
 * declared is in use: an asset that was archived comes back when it is declared again.
 */
export function environmentToArm(desired: Pick<Desired, 'spec'>, context: ArmContext): JsonObject {
  const { image, conda_file, build, os_type, inference_config, description, tags } = desired.spec
  return {
    properties: defined({
      description,
      tags,
      isArchived: false,
      image,
      condaFile: conda_file === undefined ? undefined : JSON.stringify(conda_file, null, 2),
      build: isObject(build) ? buildOf(build, context) : undefined,
      osType: os_type === 'windows' ? 'Windows' : os_type === 'linux' ? 'Linux' : undefined,
      inferenceConfig: isObject(inference_config) ? routesOf(inference_config) : undefined,
    }),
  }
}

function buildOf(build: JsonObject, context: ArmContext): JsonObject {
  return defined({
    contextUri: longUri(String(build.path), context.workspace),
    dockerfilePath: build.dockerfile_path,
  })
}

function routesOf(routes: JsonObject): JsonObject {
  return defined({
    livenessRoute: routes.liveness_route,
    readinessRoute: routes.readiness_route,
    scoringRoute: routes.scoring_route,
  })
}

/** An empty text is none; text that holds YAML or JSON is compared as what it says. */
const conda: NormalStep = (value) => {
  if (typeof value !== 'string') return value
  const data = condaData(value)
  if (isObject(data)) return data
  return value.trim() === '' ? undefined : value
}

const contextUri: NormalStep = (value) =>
  typeof value === 'string' ? placeOfContext(value) : value

/**
 * The default datastore has two addresses, a URI and the URL of its blobs (plain http in the sandbox): what counts is the
 * place inside it. Other addresses as they are, without the slashes at their end.
 */
export function placeOfContext(uri: string): string {
  const [, scheme = '', inside] = /^(azureml|https?):\/\/.*\/(LocalUpload\/.*)$/i.exec(uri) ?? []
  const isUrl = scheme.toLowerCase().startsWith('http')
  const place = isUrl ? unescaped(inside ?? '') : (inside ?? uri)
  return place.replace(/(?<!\/)\/+$/, '')
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const steps: Steps = {
  '/id': drop,
  '/name': drop,
  '/type': drop,
  '/systemData': drop,
  '/properties/provisioningState': drop,
  '/properties/environmentType': drop,
  '/properties/properties': ownProperties,
  '/properties/condaFile': conda,
  '/properties/build/contextUri': contextUri,
  '/properties/osType': fold,
  '/properties/autoRebuild': fold,
}

export function normaliseEnvironment(body: JsonObject): JsonObject {
  const build = isObject(body.properties) && isObject(body.properties.build)
  return normalForm(body, {
    steps,
    defaults: {
      properties: {
        isAnonymous: false,
        isArchived: false,
        osType: 'linux',
        autoRebuild: 'disabled',
        ...(build ? { build: { dockerfilePath: 'Dockerfile' } } : {}),
      },
    },
  })
}
