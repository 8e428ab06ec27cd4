INSERT INTO team SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 30) AS i;
INSERT INTO person SELECT i, client_key, id FROM team, generate_series(team.id * 10, team.id * 10 + 3) AS i;
UPDATE team SET lead = id * 10 + 1 WHERE id % 3 > 0;
INSERT INTO badge SELECT id, id FROM person;
