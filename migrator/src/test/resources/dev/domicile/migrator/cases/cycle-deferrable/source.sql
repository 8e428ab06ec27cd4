SET CONSTRAINTS ALL DEFERRED;
INSERT INTO egg SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1), i FROM generate_series(1, 40) AS i;
INSERT INTO hen SELECT id, client_key, id FROM egg;
INSERT INTO shell SELECT id, id FROM egg;
INSERT INTO chick SELECT id, id, id FROM egg;
INSERT INTO straw SELECT id, id FROM chick;
INSERT INTO feather SELECT id, id, id FROM chick;
