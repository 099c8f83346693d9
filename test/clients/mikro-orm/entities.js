const { EntitySchema } = require('@mikro-orm/postgresql')

const id = { type: 'bigint', primary: true, autoincrement: true }

exports.User = new EntitySchema({
  name: 'User',
  tableName: 'users',
  properties: { id, email: { type: 'text' }, name: { type: 'text', nullable: true } }
})
exports.Order = new EntitySchema({
  name: 'Order',
  tableName: 'orders',
  properties: {
    id,
    user: { kind: 'm:1', entity: 'User' },
    total: { type: 'integer' },
    note: { type: 'string', length: 40, nullable: true },
    // more
  },
  indexes: []
})
