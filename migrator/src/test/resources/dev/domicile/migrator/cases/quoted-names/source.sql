INSERT INTO "My ""App"""."Order" SELECT i, 'tenant-a', 'b', 's', '1', 's', '0', 'U', 'w' FROM generate_series(1, 20) AS i;
INSERT INTO "My ""App"""."Order" VALUES (100, 'tenant-b');
INSERT INTO "My ""App"""."from" SELECT "select", "select" FROM "My ""App"""."Order";
