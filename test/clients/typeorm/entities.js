const { EntitySchema } = require('typeorm')

const id = { type: 'bigint', primary: true, generated: true }

exports.User = new EntitySchema({
  name: 'User',
  tableName: 'users',
  columns: { id, email: { type: 'text' }, name: { type: 'text', nullable: true } }
})
exports.Order = new EntitySchema({
  name: 'Order',
  tableName: 'orders',
  columns: {
    id,
    total: { type: 'int' },
    note: { type: 'varchar', length: 40, nullable: true },
    // more
  },
  relations: { user: { type: 'many-to-one', target: 'User', joinColumn: { name: 'user_id' }, nullable: false } },
  indices: []
})
