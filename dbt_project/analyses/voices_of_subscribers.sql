-- Which voices do subscribers speak with most? Of the last 30 days; a voice's name is personal, its id and style are not.
select
    generations.voice_id,
    voices.language,
    voices.style_name,
    voices.is_built_in,
    count(*) as times_spoken,
    count(distinct generations.user_id) as users,
    sum(generations.characters) as characters
from {{ ref('fct_generations') }} as generations
inner join {{ ref('wide_user_days') }} as user_days
    on
        generations.generated_on = user_days.date_day
        and generations.user_id = user_days.user_id
left join {{ ref('dim_voices') }} as voices
    on generations.voice_id = voices.voice_id
where
    generations.generated_on between date_sub(date '{{ window_date() }}', interval 29 day) and date '{{ window_date() }}'
    and user_days.date_day between date_sub(date '{{ window_date() }}', interval 29 day) and date '{{ window_date() }}'
    and generations.status = 'succeeded'
    and user_days.is_subscriber
group by
    generations.voice_id,
    voices.language,
    voices.style_name,
    voices.is_built_in
order by
    characters desc,
    generations.voice_id
limit 20
