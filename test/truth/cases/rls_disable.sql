-- Row level security is what keeps rows from those who have the privilege on the table; without it they see
-- and change all of them.
-- setup
CREATE POLICY orders_open ON orders USING (status <> 'shipped');
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
-- fires: DISABLE
-- unobservable: every client sees more rows than before, which fails nothing; the harm is that it may
ALTER TABLE orders DISABLE ROW LEVEL SECURITY;
-- fires: NO FORCE opens the rows to the owner
-- unobservable: the owner sees more rows than before
ALTER TABLE orders NO FORCE ROW LEVEL SECURITY;
-- near miss: it was not enabled
ALTER TABLE customers DISABLE ROW LEVEL SECURITY;
-- near miss: nor was it forced
ALTER TABLE customers NO FORCE ROW LEVEL SECURITY;
