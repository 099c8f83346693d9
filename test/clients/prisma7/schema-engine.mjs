#!/usr/bin/env node
/*
 * Prisma's schema engine, where its native binary cannot be downloaded: the same engine's WebAssembly build,
 * which the registry has, behind the binary's own interface.  The Prisma CLI is as shipped and starts this
 * through PRISMA_SCHEMA_ENGINE_BINARY; it speaks JSON-RPC, one message a line, on standard input and output.
 *
 * The engine reaches the server through Prisma's adapter for node-postgres.  So that the server sees what
 * the native engine sends, a migration goes there whole, as one simple query: the adapter's own way would
 * cut it at semicolons.  Two more defects of the adapter are in the way: columns of catalog types name and
 * "char" fail to decode, and a shadow database is dropped while its pool is still open.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'
import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import pg from 'pg'

const flags = process.argv.slice(2)
const valuesOf = (flag) => flags.filter((_, at) => flags[at - 1] === flag)
const [given] = valuesOf('--datasource')
const address = new URL((given?.startsWith('{') ? JSON.parse(given).url : given) ?? process.env.DATABASE_URL)
const connection = {
  host: address.hostname,
  port: Number(address.port),
  user: address.username,
  database: address.pathname.slice(1),
  options: address.searchParams.get('options') ?? undefined,
  max: 1,
  allowExitOnIdle: true,
}

async function asAdministrator(statement) {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

/* Column types of the adapter's protocol, by type OID: "char" is a character, name is text. */
const kCatalogTypes = new Map([[18, 6], [19, 7]])
const kText = 25

function decodingCatalogTypes(queryable) {
  const { performIO, queryRaw } = queryable
  let types = []
  queryable.performIO = async (query) => {
    const result = await performIO.call(queryable, query)
    const fields = result.fields ?? []
    types = fields.map((field) => field.dataTypeID)
    for (const field of fields) if (kCatalogTypes.has(field.dataTypeID)) field.dataTypeID = kText
    return result
  }
  queryable.queryRaw = async (query) => {
    const result = await queryRaw.call(queryable, query)
    result.columnTypes = result.columnTypes.map((type, at) => kCatalogTypes.get(types[at]) ?? type)
    return result
  }
  return queryable
}

async function connect(database) {
  const adapter = decodingCatalogTypes(await new PrismaPg({ ...connection, database }).connect())
  const { startTransaction } = adapter
  adapter.startTransaction = async (...of) => decodingCatalogTypes(await startTransaction.apply(adapter, of))
  adapter.executeScript = async (script) => {
    await adapter.client.query(script).catch((error) => adapter.onError(error))
  }
  return adapter
}

function adapterFactory() {
  const factory = new PrismaPg(connection)
  factory.connect = () => connect(connection.database)
  factory.connectToShadowDb = async () => {
    const database = `prisma_migrate_shadow_db_${randomUUID()}`
    await asAdministrator(`CREATE DATABASE "${database}"`)
    const adapter = await connect(database)
    const { dispose } = adapter
    adapter.dispose = async () => {
      await dispose.call(adapter)
      await asAdministrator(`DROP DATABASE "${database}"`)
    }
    return adapter
  }
  return bindMigrationAwareSqlAdapterFactory(factory)
}

async function startEngine() {
  const name = '@prisma/schema-engine-wasm/schema_engine_bg'
  const glue = await import(name)
  const code = readFileSync(createRequire(import.meta.url).resolve(name).replace(/\.js$/, '.wasm'))
  const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  const models = valuesOf('--datamodels').map((path) => [path, readFileSync(path, 'utf8')])
  return glue.SchemaEngine.new({ datamodels: models.length > 0 ? models : undefined }, () => {}, adapterFactory())
}

const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n')

function failure(error) {
  const data = { is_panic: error instanceof WebAssembly.RuntimeError, message: error.message, meta: error.meta ?? null }
  if (error.code) data.error_code = error.code
  return { code: 4466, message: 'An error happened. Check the data field for details.', data }
}

async function serve() {
  const lines = createInterface({ input: process.stdin })
  let engine
  for await (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (method === undefined) continue /* an answer of the CLI, to which nothing is owed */
    try {
      engine ??= await startEngine()
      const result = await engine[method === 'getDatabaseVersion' ? 'version' : method](params)
      send({ id, result: result ?? null })
    } catch (error) {
      send({ id, error: failure(error) })
    }
  }
}

if (flags[0] === '--version') console.log('schema-engine-cli webassembly')
else if (flags.includes('cli')) await asAdministrator('SELECT 1') /* can-connect-to-database */
else await serve()
/* The engine leaves timers behind. */
process.exit(0)
