import { z } from 'zod'
import { isObject } from '../../model/values/json.ts'
import { compute } from '../compute.ts'
import { field, wrong } from '../fields/fields.ts'
import { authMode, common, printedEndpoint } from './fields.ts'
import { weights } from './traffic.ts'

/** FACTS 4: requests are mirrored on managed endpoints only. `{}` asks for nothing. */
const noMirror = field<undefined>({ not: {} }, (value) =>
  isObject(value) && Object.keys(value).length === 0
    ? undefined
    : wrong('cannot be had on Kubernetes: requests are not mirrored there', 'MirrorNotSupported'),
)

export const kubernetesEndpointSchema = z
  .strictObject({
    ...common,
    compute: compute().describe(
      'The attached cluster: `azureml:name` or its ARM id. It cannot be changed in place.',
    ),
    // FACTS 6: Kubernetes endpoints do not know Entra tokens.
    auth_mode: authMode(['key', 'aml_token']),
    traffic: weights
      .optional()
      .describe('Share of requests by deployment, in percent; the sum is 0 or 100.'),
    mirror_traffic: noMirror.optional(),
    ...printedEndpoint,
  })
  .describe('An online endpoint on a Kubernetes cluster that is attached to the workspace.')
