-- The calling program was here: {noted: false} when that was noted less than a minute ago.
select service_touch()
