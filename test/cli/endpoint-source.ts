import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, sampleIn } from './program.ts'

const SCHEMA = 'https://azuremlschemas.azureedge.net/latest'

/** Answers as it is told: with any bytes and any status, by failing, or with what it was asked. */
const SCORE = `
import json
from azureml_inference_server_http.api.aml_response import AMLResponse

def init():
    print("the model is loaded")

def run(raw):
    asked = json.loads(raw)
    if "log" in asked:
        print(asked["log"])
    if "bytes" in asked:
        return AMLResponse(bytes.fromhex(asked["bytes"]), asked.get("status", 200))
    return {"asked": asked}
`

function deployment(name: string): string {
  return `$schema: ${SCHEMA}/managedOnlineDeployment.schema.json
name: ${name}
endpoint_name: fraud
model: azureml:fraud:1
environment: azureml:fraud-env:1
code_configuration: { code: ./src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 1
`
}

function endpoint(name: string, authMode: string, more = ''): string {
  return `$schema: ${SCHEMA}/managedOnlineEndpoint.schema.json\nname: ${name}\nauth_mode: ${authMode}\n${more}`
}

/**
 * A workspace of an online endpoint with keys (fraud: blue has all the traffic, green none), two whose callers show tokens
 * (churn: Azure ML's, offers: Entra's), and a batch endpoint (fraud-nightly).
 */
export function endpointSource(folder: string): string {
  const place = sampleIn(folder, 'endpoints', {
    'src/score.py': SCORE,
    'blue.yml': deployment('blue'),
    'green.yml': deployment('green'),
    'endpoint.yml': endpoint('fraud', 'key', 'traffic: { blue: 100 }\n'),
    'churn.yml': endpoint('churn', 'aml_token'),
    'offers.yml': endpoint('offers', 'aad_token'),
  })
  cpSync(join(ROOT, 'manifests', 'batch'), place, { recursive: true })
  return place
}
