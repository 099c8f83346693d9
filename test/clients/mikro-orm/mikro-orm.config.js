const { defineConfig } = require('@mikro-orm/postgresql')
const { Migrator } = require('@mikro-orm/migrations')
const entities = require('./entities')

module.exports = defineConfig({
  clientUrl: process.env.DATABASE_URL,
  entities: Object.values(entities),
  extensions: [Migrator],
  schemaGenerator: { ignoreSchema: ['ddlguard'] },
  migrations: { path: 'migrations', emit: 'js', snapshot: false, fileName: () => process.env.MIGRATION }
})
