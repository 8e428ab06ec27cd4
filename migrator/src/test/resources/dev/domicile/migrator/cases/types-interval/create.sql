CREATE TABLE item (
  id int PRIMARY KEY,
  client_key text NOT NULL,
  i interval,
  year interval year,
  seconds interval second(3)
);
