INSERT INTO team VALUES (1000, 'tenant-c');
INSERT INTO person VALUES (10000, 'tenant-c', 1000);
UPDATE team SET lead = 10000;
