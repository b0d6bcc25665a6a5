import { z } from 'zod'
import { oneOf } from '../fields/word-fields.ts'
import { authMode, common, printedEndpoint } from './fields.ts'
import { weights } from './traffic.ts'

export const managedEndpointSchema = z
  .strictObject({
    ...common,
    auth_mode: authMode(['key', 'aml_token', 'aad_token']),
    public_network_access: oneOf(['enabled', 'disabled'])
      .optional()
      .describe('Whether the endpoint can be reached from the internet. Default `enabled`.'),
    traffic: weights
      .optional()
      .describe('Share of requests by deployment, in percent; the sum is 0 or 100.'),
    mirror_traffic: weights
      .optional()
      .describe(
        'Share of requests copied to one deployment that gets no live traffic, at most 50.',
      ),
    ...printedEndpoint,
  })
  .describe('A managed online endpoint.')
