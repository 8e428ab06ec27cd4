ALTER TABLE item ALTER id SET INCREMENT 2;
INSERT INTO item (client_key) SELECT 'tenant-a' FROM generate_series(1, 20);
INSERT INTO part (item_id) SELECT id FROM item;
INSERT INTO item (client_key) VALUES ('tenant-b');
