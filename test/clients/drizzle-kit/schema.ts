import { bigint, bigserial, index, integer, pgTable, text, varchar } from 'drizzle-orm/pg-core'

export const users = pgTable('users', {
  id: bigserial({ mode: 'number' }).primaryKey(),
  email: text().notNull(),
  name: text(),
})

export const orders = pgTable('orders', {
  id: bigserial({ mode: 'number' }).primaryKey(),
  userId: bigint('user_id', { mode: 'number' }).notNull().references(() => users.id),
  total: integer().notNull(),
  note: varchar({ length: 40 }),
}, (t) => [/* indexes */])
