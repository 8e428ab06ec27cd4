INSERT INTO item VALUES (2, 'tenant-c', 'a@b.c', 1, '{a@b.c,d@e.f}', 'fine', row(1, 2));
