-- summary: empties the workload's tables and fills them: 1,000 users, 200 products, 500 orders, 1,500 order items
--
-- Numbers come from cross joins of the ten digits, since the depth of a recursive query is limited differently by
-- MySQL and MariaDB. The rows are the same at every run: nothing is random.

TRUNCATE TABLE order_items;

TRUNCATE TABLE orders;

TRUNCATE TABLE products;

TRUNCATE TABLE users;

INSERT INTO users (username, email, full_name, active, created_at)
WITH d AS (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
           UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9),
     s AS (SELECT a.n + 10 * b.n + 100 * c.n + 1 AS i FROM d a JOIN d b JOIN d c)
SELECT CONCAT('seed_', LPAD(i, 4, '0')), CONCAT('seed_', LPAD(i, 4, '0'), '@example.org'),
       CONCAT('Seed User ', i), i % 10 <> 0, TIMESTAMPADD(MINUTE, i, '2024-01-01 00:00:00')
FROM s ORDER BY i;

INSERT INTO products (name, category, price, stock)
WITH d AS (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
           UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9),
     s AS (SELECT a.n + 10 * b.n + 100 * c.n + 1 AS i FROM d a JOIN d b JOIN d c WHERE c.n < 2)
SELECT CONCAT('Product ', i), ELT(1 + i % 5, 'books', 'garden', 'kitchen', 'music', 'tools'),
       1 + i * 37 % 500 + 0.99, i * 13 % 100
FROM s ORDER BY i;

INSERT INTO orders (user_id, status, created_at)
WITH d AS (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
           UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9),
     s AS (SELECT a.n + 10 * b.n + 100 * c.n + 1 AS i FROM d a JOIN d b JOIN d c WHERE c.n < 5)
SELECT 1 + i * 7 % 1000, ELT(1 + i % 4, 'new', 'paid', 'shipped', 'returned'),
       TIMESTAMPADD(HOUR, i, '2024-02-01 00:00:00')
FROM s ORDER BY i;

INSERT INTO order_items (order_id, product_id, quantity, unit_price)
SELECT o.id, p.id, 1 + (o.id + k.n) % 4, p.price
FROM orders o
JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) k
  ON k.n < 1 + o.id % 5
JOIN products p ON p.id = 1 + (o.id * 11 + k.n * 17) % 200
ORDER BY o.id, k.n;
