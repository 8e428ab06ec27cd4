INSERT INTO item VALUES ('tenant-a'), ('tenant-b'); INSERT INTO part SELECT client_key, i FROM item, generate_series(1, 20) AS i;
