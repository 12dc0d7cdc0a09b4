"""English words and what they say of a purchase, by group; general words of feeling come from VADER's list, retail's are own.

VADER's word list (C.J. Hutto and Eric Gilbert, 2014, MIT licence) is read from its package; CALM takes out of it what
means something else in a shop. A group is (weight, severity, topics, phrases by comma), as in words_zh. Every word of a phrase
is reduced to its stem, so one form is enough.
"""

from __future__ import annotations

Group = tuple[int, str, str, str]

GROUPS: tuple[Group, ...] = (
    # Verdicts.
    (
        32,
        "",
        "",
        """
        perfect, perfection, flawless, faultless, awesome, amazing, excellent, fantastic, outstanding, superb,
        stellar, brilliant, incredible, phenomenal, exceptional, top notch, first class, first rate, world class,
        ten out of ten, 10 out of 10, 10 10, 5 stars, five stars, a plus, spot on, hits the spot, blown away,
        blew me away, game changer, life saver, lifesaver, must have, must buy, highly recommend, highly recommended,
        can't recommend enough, couldn't be happier, could not be happier, couldn't be more pleased,
        couldn't ask for more, couldn't ask for better, can't fault, cannot fault, can't go wrong, can't complain,
        no complaints, zero complaints, nothing to complain, nothing bad to say, nothing negative, never disappoints,
        best purchase, best buy, best ever, best thing, one of the best, holy grail, chef's kiss, obsessed, in love,
        love, loves, loved, adore, luv, luv it, yyds, goated, goat, slaps, bussin, fire, lit, the bomb, no cap,
        chefs kiss, 11 10, 11 out of 10, a dream, a gem, a joy, a treat, a winner, a keeper, a hit, big hit,
        class act, say it all, says it all, take my money, worth every penny, worth every cent,
        exceeded my expectations, exceed expectations, beyond expectations, better than expected,
        better than i expected, way more than i expected, got way more, over the moon, thrilled, delighted, stoked,
        chuffed, exactly what i wanted, exactly what i needed, just what i wanted, just what i needed, a steal,
        absolute steal, wow, customer for life, customers for life, how you keep a customer, made my day,
        happy camper, hidden gem, buy it again, buy again, buying again, would buy again, order again, ordering again,
        be back, third one, second pair, second one for, bought a second, bought another, ordered another,
        ordered more, buy more, repeat customer, repurchase, took no time
        """,
    ),
    (
        22,
        "",
        "",
        """
        good, great, nice, lovely, happy, pleased, satisfied, content, impressed, impressive, recommend, worth it,
        worth the money, worth every, well worth, favourite, favorite, fav, beautiful, wonderful, cute, sweet, cool,
        neat, handy, useful, helpful, fun, enjoy, enjoyed, grateful, glad, pleasantly surprised, pleasant surprise,
        not bad, not bad at all, not disappointed, not too shabby, no regrets, no regret, no issues, no problems,
        no issue, no problem, without issue, without a hitch, without problems, without a problem, zero issues, works,
        refreshing, relieved, survived, still going strong, going strong, does the job, does the trick,
        does what it says, does its job, fits the bill, ticks all the boxes, what more do you want, end of story,
        like it, likes it, like this, likes this, liked it, love it, loves it, go mad for, fight over,
        can't put it down, won't put it down, can't stop, cried happy, happy tears, could cry, genius, rare,
        thoughtful, kudos, props, bravo, cheers, respect, well done, good job, nice job, great job, hooked, addicted,
        thumbs up, gold, golden, legit, decent, solid, pretty, perfect for, ideal, fine, joy, win, winner,
        better than, best, finally, saviour, a must, appreciate, appreciated, outlasts, outlast, way more, picky,
        otherwise it's, no gripes, no drama, sweet spot
        """,
    ),
    (12, "", "", "thank you, thanks, thank, thx, helped, helps, please and thank you"),
    (
        -32,
        "L",
        "",
        """
        terrible, horrible, awful, dreadful, atrocious, appalling, abysmal, worst, worst ever, the worst, garbage,
        trash, rubbish, junk, crap, crappy, piece of junk, piece of crap, pos, useless, worthless, pointless, waste,
        waste of money, waste of time, waste your money, waste your time, wasted, wast, disappointed, disappointing,
        disappointment, letdown, let down, let me down, regret, regretted, never again, never buy, never order,
        never shop, will not buy, won't buy, won't be buying, won't be ordering, wouldn't buy, not buy again,
        would not buy, do not buy, don't buy, don't bother, do not bother, avoid, avoid this, stay away, steer clear,
        run away, buyer beware, beware, save your money, keep your money, look elsewhere, shop elsewhere, zero stars,
        no stars, negative stars, one star, 1 star, 0 stars, not worth, not worth it, isn't worth, wasn't worth, hate,
        hated, despise, sucks, suck, sucked, ripoff, rip off, rip-off, ripped off, con, joke, a joke, laughable,
        ridiculous, unacceptable, disgusting, gross, nasty, pathetic, disgrace, disgraceful, shame, shameful,
        shambles, fuming, furious, livid, angry, outraged, frustrated, frustrating, infuriating, unhappy,
        dissatisfied, unsatisfied, not happy, not impressed, unimpressed, not satisfied, not pleased, not recommend,
        wouldn't recommend, can't recommend, cannot recommend, would not recommend, don't recommend, do not recommend,
        nightmare, disaster, fiasco, mess, headache, hopeless, embarrassing, insulting, insult, fail, failed, failure,
        epic fail, flop, dud, lemon, thanks for nothing, no thanks, slow clap, mid at best, mid, sus, cheugy, ick,
        cringe, nah, ugh, smh, wtf, yikes, bin, binned, in the bin, straight in the bin, landfill, feel like a fool,
        feel cheated, feel scammed, fool me, fooled, won't fall for, learned my lesson, lesson learned,
        kicking myself, lousy, shoddy, beyond me, draw your own conclusions, not even close, give up, gave up,
        given up, bad, poor, poorly, very bad, so bad, not good, not great, no good, no shame, wish i hadn't,
        wish i had not, should have known, should've known, no idea how this has, gaslight, gaslighting, fed up,
        sick of, tired of, had enough, not cool, downgrade, went downhill, gone downhill, ruin, ruined, ruins
        """,
    ),
    (
        -18,
        "L",
        "",
        """
        annoying, annoyed, irritating, meh, mediocre, underwhelming, underwhelmed, lacklustre, lackluster,
        disappoints, overhyped, over hyped, overrated, issue, issues, problem, problems, complaint, complain, flaw,
        flaws, flawed, fault, faulty, hassle, inconvenient, inconvenience, unfortunate, unfortunately, sadly,
        shame that, pity, too bad, wrong, weird, odd, strange, awkward, difficult, hard to, lacking, lacks,
        could be better, could have been better, could do better, expected more, expected better, expected more from,
        hoped for more, hoped for better, not as good, not what i expected, not as expected, not what i hoped,
        not as i hoped, less than, barely, hardly, not for me, don't like, didn't like, doesn't like, do not like,
        did not like, don't love, can't like, upset, upsetting, sad, confused, confusing, skeptical of, struggle,
        struggled, gripe, downside, drawback, niggle, cons, minor issue, nitpick, not sure, not quite, not really,
        wish, not my cup of tea, ehh, eh, not comfortable with, worse, worse than, kinda, sorry for, fiction,
        nonsense
        """,
    ),
    # The goods.
    (
        24,
        "",
        "quality",
        """
        sturdy, well made, well built, well crafted, high quality, good quality, great quality, quality is great,
        quality is good, top quality, excellent quality, premium feel, solid build, rock solid, solid as a rock,
        durable, robust, long lasting, lasts, holds up, held up, hold up, soft, so soft, cosy, cozy, warm, comfy,
        comfortable, breathable, lightweight, light, sharp, smooth, smoothly, silky, gorgeous, stunning, elegant,
        stylish, classy, sleek, chic, beautiful, pretty, lovely sheen, looks great, look great, looks good,
        looks amazing, easy to use, easy to clean, easy to install, easy to assemble, easy to set up,
        easy to put together, easy setup, simple to, wipes clean, washes well, cleans easily, works great, works well,
        works perfectly, works like a charm, works a treat, works fine, works as expected, works as advertised,
        works flawlessly, quiet, quieter, silent, whisper quiet, powerful, strong, fast charging, charges fast,
        charges quickly, bright, vivid, crisp, clear, accurate, responsive, precise, reliable, tasty, delicious,
        yummy, yum, fresh, juicy, crunchy, crispy, flavourful, flavorful, moist, tender, rich, aromatic, smells great,
        smells amazing, smells lovely, smells good, smell nice, fragrant, hydrating, moisturizing, glowy, glowing,
        gentle, doesn't irritate, no irritation, doesn't sting, didn't sting, non greasy, absorbs, no smell, no odour,
        no odor, no leaks, no leak, doesn't leak, no creak, no creaks, no wobble, no rust, no sag, doesn't wobble,
        without wobbling, doesn't slip, doesn't shrink, didn't shrink, doesn't fade, didn't fade, no pilling,
        doesn't scratch, no scratches, toddler proof, dishwasher proof, dog proof, blooming, lasted, thriving, rooted,
        alive, healthy, page turner, well written, couldn't stop reading, kept me up, holds, holds up well, versatile,
        practical, functional, effective, efficient, does wonders, works wonders, made a difference,
        noticeable difference, non slip, grippy, supportive, plush, fluffy, thick, heavy duty, waterproof, stain free,
        no stains, spotless, sparkling, sparkle, glossy, seamless, flattering, compliments, complimented, elastic,
        stretchy, ergonomic, compact, spacious, roomy, folds flat, sleeps through, addictive, dreamy, amazing texture,
        stopped itching, curls last
        """,
    ),
    (
        -30,
        "M",
        "quality",
        """
        broke, broken, break, breaks, brok, brocken, snapped, snap, cracked, crack, cracks, shattered, chipped,
        dented, dent, bent, torn, tore, ripped, rip, hole, holes, frayed, fraying, unravel, unravelled, unraveled,
        came apart, come apart, fell apart, fall apart, falls apart, falling apart, fell off, fall off, falls off,
        falling off, came off, come off, comes off, peeling, peeled, peel, flaking, flake, rust, rusted, rusty, leak,
        leaks, leaked, leaking, leaky, died, dead, dead on arrival, doa, dies, die, stopped working, stop working,
        quit working, doesn't work, does not work, didn't work, did not work, not working, won't work, never worked,
        don't work, isn't working, won't turn on, doesn't turn on, wouldn't turn on, won't charge, doesn't charge,
        not charge, won't hold a charge, doesn't hold a charge, won't start, won't open, won't close, won't connect,
        doesn't connect, doesn't fit together, disconnects, disconnecting, drops connection, defective, defect,
        defects, malfunction, malfunctioned, malfunctioning, glitchy, glitches, glitch, crash, crashes, crashed,
        keeps freezing, freezes up, screen froze, app froze, froze up, jammed, jam, jams, stuck, clogged, burned out,
        burnt out, burn out, blew up, blown, fried, warped, warp, shrunk, shrank, shrink, faded, fade, fades, bled,
        bleeds, colour ran, stained, stain, stains, scratched, scratches, scratch, scuffed, was used, clearly used,
        used item, second hand, secondhand, refurbished, dirty, filthy, soiled, hair in, mouldy, moldy, mold, mould,
        stale, spoiled, spoilt, rotten, rotting, expired, out of date, past its date, went bad, gone off, wilted,
        dying, dead plants, arrived dead, useless after, no effect, zero effect, nothing happened, does nothing,
        did nothing, doesn't do anything, made no difference, no difference, makes no difference, no sound, no power,
        dead battery, swollen, hang crooked, burst, bursts, collapsed, collapse, snapped off, disintegrated, dribbles,
        unusable, unwearable, inedible, undrinkable, paperweight, doorstop, brick, bricked, ruined my, misprint,
        missing pages, blank pages
        """,
    ),
    (
        -24,
        "L",
        "quality",
        """
        flimsy, cheaply made, cheap looking, looks cheap, feels cheap, look cheap, feel cheap, poor quality,
        low quality, bad quality, terrible quality, poorly made, badly made, shoddy, tacky, ugly, hideous, plasticky,
        cheap plastic, thin, paper thin, see through, see-through, scratchy, itchy, itches, itch, rough, stiff,
        uncomfortable, painful, hurts, hurt, digs in, dig in, pinches, rubs, blisters, sweaty, hot and sweaty, heavy,
        bulky, wobbly, wobbles, wobble, wonky, crooked, uneven, lopsided, unstable, loose, creaks, creaky, squeaks,
        squeaky, noisy, loud, too loud, rattles, rattle, hums, buzzing, whine, slow, sluggish, laggy, lags, lag, weak,
        underpowered, dim, blurry, fuzzy, grainy, dull, blunt, smells, smell, stinks, stink, stinky, reeks,
        chemical smell, odour, odor, greasy, sticky, oily, clumpy, crumbles, crumbly, chalky, flaky, dry, drying,
        soggy, bland, tasteless, flavourless, flavorless, too sweet, too salty, salty, bitter, sour, tastes like,
        taste like, pilling, pills, pilled, sheds, shedding, shed, wrinkles, wrinkled, creased, stringy, lumpy, saggy,
        sags, sagging, flat, went flat, slips, slippery, hard to use, hard to clean, difficult to use,
        difficult to assemble, hard to assemble, confusing instructions, instructions are useless, runs hot,
        overheats, overheating, overheat, gets hot, drains fast, drains quickly, battery life is short, short battery,
        doesn't last, didn't last, not durable, won't last, forgettable, boring, typos, film, streaks, residue,
        fiddly, gimmick, gimmicky, digs, cuts into, soap, cardboard, sawdust, watery, stiffer, jingle
        """,
    ),
    (
        0,
        "",
        "quality",
        """
        quality, material, fabric, texture, build, finish, craftsmanship, stitching, design, look, looks, style,
        colour, color, shade, feel, taste, flavour, flavor, scent, fragrance, sound, picture quality, screen, display,
        battery, battery life, charge, charger, motor, engine, blade, handle, lid, zipper, zip, button, buttons,
        switch, strap, straps, sole, soles, heel, seam, seams, lining, pocket, pockets, drawer, drawers, shelf,
        shelves, hinge, door, cable, cord, plug, speaker, speakers, bass, mic, volume, camera, lens, app, software,
        bluetooth, wifi, setup, assembly, assemble, assembled, install, installed, machine wash, washed, wash, washes,
        wear, wearing, wore, cook, cooked, cooking, brew, boils, fits well, skin, face, hair, scalp, eyes, sleep,
        sleeps, slept, dishwasher, temperature, upgrade, recipe, ingredients, formula, print, pages,
        story, paperback, plot, characters, cotton, wool, silk, leather, steel, stainless, plastic, wood, glass,
        ceramic, metal, glaze, lasted, drops, puzzle pieces, pan, lamp, blender, kettle, pillow, mattress, blanket,
        sofa, desk, chair, toy, dog, cat, cats, toddler, kids, tool, drill, mower, scissors, shampoo, serum, lotion,
        cream, lipstick, mascara, sunscreen, perfume, coffee, tea, chocolate, biscuits, cake, jam, snack, snacks,
        batteries, comfort, weigh, weighs, fabric softener, leash, bowl, cushion, sturdy enough, functionality,
        performance, effect, results, smell
        """,
    ),
    # On its way.
    (
        0,
        "",
        "logistics",
        """
        shipping, shipped, ship, ships, delivery, deliver, delivered, delivers, arrive, arrived, arrives, arrival,
        courier, carrier, driver, postman, mailman, mail carrier, parcel, package arrived, tracking, tracking number,
        dispatch, dispatched, in transit, transit, post office, depot, warehouse, customs, doorstep, porch, eta,
        estimated delivery, delivery date, delivery address, shipping address, change the address, pick up point,
        pickup point, locker, lost in the mail, on its way, hold the parcel, packages, parcels, my order, on time,
        boxes on, freight, handed to
        """,
    ),
    (
        26,
        "",
        "logistics",
        """
        fast shipping, quick shipping, fast delivery, quick delivery, super fast delivery, speedy delivery,
        shipped fast, shipped quickly, arrived quickly, arrived early, arrived fast, arrived on time, came early,
        came quickly, came on time, came fast, right on time, on time, ahead of schedule, earlier than expected,
        next day, next day delivery, same day, prompt delivery, prompt, promptly, lightning fast, in two days,
        tracked down
        """,
    ),
    (
        -30,
        "M",
        "logistics",
        """
        never arrived, never came, never received, never showed up, hasn't arrived, has not arrived, haven't received,
        have not received, not received, not arrived, didn't arrive, did not arrive, hasn't come, hasn't shipped,
        has not shipped, not shipped, still not here, still hasn't, still haven't, still waiting, still not arrived,
        where is my, where's my, lost package, lost parcel, lost in transit, lost in the post, lost, went missing,
        gone missing, label created, stuck in transit, stuck in customs, wrong address, wrong house, stolen,
        returned to sender, marked as delivered, marked delivered, says delivered, marked it, handed to resident,
        no tracking, tracking hasn't, tracking never, lobbed, threw it, ship it today or cancel, no sign of,
        nowhere to be seen, nothing has arrived, cancelled my order, canceled my order
        """,
    ),
    (
        -22,
        "L",
        "logistics",
        """
        late delivery, arrived late, came late, a day late, days late, week late, weeks late, delayed, delay, delays,
        slow shipping, slow delivery, shipping was slow, delivery was slow, shipping is slow, took forever, took ages,
        took weeks, took a month, took a week, took too long, takes forever, took so long, three weeks,
        weeks to arrive, month to arrive, scenic tour, slow boat, left in the rain, left outside, no show, 17 days
        """,
    ),
    # The box.
    (
        0,
        "",
        "packaging",
        """
        packaging, packaged, packed, packing, boxed, bubble wrap, gift wrap, gift wrapped, gift box,
        wrapped, wrapping, wrap, padding, padded, padded envelope, envelope, sealed, plastic wrap,
        cushioned, carton, styrofoam, taped, heat pack, ice pack, double boxed, well packed,
        unboxing
        """,
    ),
    (
        24,
        "",
        "packaging",
        """
        well packed, well packaged, packed well, packaged well, carefully packed, carefully wrapped, packed with care,
        securely packed, nicely wrapped, nicely packed, nicely packaged, beautifully wrapped, beautifully packaged,
        double boxed, arrived intact, in one piece, nothing broken, nothing chipped, not a scratch, undamaged,
        arrived safely, unbroken, intact, well padded, perfectly packed, safe and sound
        """,
    ),
    (
        -28,
        "M",
        "packaging",
        """
        crushed, squashed, smashed, damaged box, box was damaged, damaged in transit, arrived damaged, damaged,
        damage, spilled, spilt, box burst, burst open, seal broken, broken seal, seal was broken, opened box,
        already opened, was open, re taped, poorly packed, badly packed, poorly packaged, badly packaged, no padding,
        no bubble wrap, no protection, in bits, in pieces, paper envelope, thrown in, one sheet of newspaper, crumbs,
        leaked in the box, leaked everywhere
        """,
    ),
    (
        -18,
        "L",
        "packaging",
        """
        so much plastic, too much plastic, excess packaging, excessive packaging, wasteful, overpackaged, dusty box,
        box was dirty, battered
        """,
    ),
    # The seller's people.
    (
        0,
        "",
        "service",
        """
        customer service, costumer servise, customer support, service, support, support team, support agent,
        representative, rep, agent, seller, sellers, vendor, shop, staff, manager, help desk, helpdesk, chat,
        live chat, chatbot, bot, hotline, phone line, call centre, call center, email, emailed, e-mail, emails,
        messaged, wrote to, contacted, contact, reply, replied, replies, respond, responded, response, answer,
        answered, refund, refunded, replacement, replaced, exchange, exchanged, return label, warranty, guarantee,
        invoice, receipt, technician, installer, installers, fitter, fitters, compensation, apologised, apologized,
        apology, sorted it out, sorting it, customer care, complaint department, change my review, remove my review,
        positive review for
        """,
    ),
    (
        26,
        "",
        "service",
        """
        great service, excellent service, good service, great customer service, excellent customer service,
        friendly service, friendly, polite, courteous, attentive, accommodating, responsive seller, quick reply,
        quick response, fast response, prompt reply, replied quickly, answered quickly, answered within,
        replied within, helpful seller, great help, great seller, super nice, kind, kindly, patient, patiently,
        professional, went above and beyond, above and beyond, went out of their way, extra mile, no questions asked,
        no quibble, no fuss, hassle free, free of charge, a real human, real person, stand behind, stands behind,
        stood behind, honoured the warranty, generous, without me even asking, answered all my questions,
        lovely about
        """,
    ),
    (
        -30,
        "M",
        "service",
        """
        no reply, no response, no answer, never replied, never answered, never responded, never got back,
        never heard back, no one replied, nobody replied, nobody answers, no one answers, doesn't reply, don't reply,
        won't reply, didn't reply, dont anser, not answer, don't answer, doesn't answer, ignore, ignored, ignoring,
        ignores, ghosted, ghost, ghosting, ghosts, silence, radio silence, unresponsive, unhelpful, not helpful, rude,
        rudely, impolite, arrogant, dismissive, condescending, hung up, hangs up, copy paste, copy-paste,
        canned response, canned reply, automated reply, automated response, scripted, passed around,
        passed from pillar, run around, runaround, run-around, stonewalled, brushed off, brush off, fobbed off,
        fob off, refuse, refused, refuses, refusing, refuse to refund, won't refund, wouldn't refund, no refund,
        refund denied, denied, denies, deny, reject my, rejected, claim rejected, waiting on the refund,
        waiting for my refund, waiting for a refund, still no refund, refund never, want my money back,
        i want my money, money back, give me my money, restocking fee, won't honour, won't honor, void warranty,
        blame, blamed, blames, blaming, lie, lied, lies, lying, liar, liars, excuse, excuses, excuse after excuse,
        promised a replacement, promised a refund, promised a call, loops, deleted my review, bribe, bribed,
        offered me money, offered money, refund if i, to remove my review, to change my review, to delete my review,
        wants to fix it, nobody wants, nobody cares, no one cares, don't care, doesn't care, couldn't care less,
        useless support, disconnected me, worst service, terrible service, poor service, bad service, awful service,
        horrible service, worst customer service, terrible customer service, poor customer service, cancelled on me,
        my order number again
        """,
    ),
    # Money.
    (
        0,
        "",
        "price",
        """
        price, prices, priced, pricing, cost, costs, cheap, cheaper, expensive, pricey, dear, affordable, bargain,
        discount, discounted, coupon, voucher, promo, sale, deal, value, fee, fees, shipping cost, shipping fee,
        return shipping, postage, bucks, dollars, dollar, pounds, quid, euros, half price, full price, price match,
        price drop, price dropped, for the price, at that price, paid, pay extra, worth the money, free shipping,
        penny, dearer, dollar store, restocking fee, charged, overcharged, customs fee
        """,
    ),
    (
        26,
        "",
        "price",
        """
        great value, good value, excellent value, amazing value, best value, value for money, great price, good price,
        fair price, reasonable price, reasonably priced, well priced, unbeatable price, great deal, good deal,
        amazing deal, bargain, steal, absolute steal, affordable, inexpensive, cheaper than, half the price,
        fraction of the price, fraction of the cost, worth the price, worth every penny, worth every cent,
        worth the money, saves me money, save money, saved money, bang for the buck, bang for your buck,
        not expensive, budget friendly, cheap and cheerful, this cheap, so cheap, for the money,
        refunded the difference, not dear, can't beat the price
        """,
    ),
    (
        -24,
        "L",
        "price",
        """
        overpriced, over priced, too expensive, so expensive, expensive for, pricey, too pricey, too dear,
        not worth the price, not worth the money, not worth the cost, costs more than, cost more than,
        times the price, hidden fee, hidden fees, hidden cost, hidden costs, extra charge, price went up,
        price gouging, price dropped the next day, cheaper elsewhere, cheaper in, rip off price, poor value,
        bad value, no value, waste of money, dearer, price hike, find out at the last step, shipping cost more
        """,
    ),
    (
        -30,
        "M",
        "price",
        """
        overcharged, over charged, charged me twice, charged twice, double charged, charged me full, charged me extra,
        charged full price, coupon didn't work, discount not applied, discount wasn't applied, won't price match,
        unexpected charge, charged me for, coupon showed
        """,
    ),
    # Fit.
    (
        0,
        "",
        "size",
        """
        size, sized, sizes, sizing, size chart, size guide, sizing chart, fit, fits, fitting, fitted, length, width,
        height, waist, chest, hips, inseam, sleeve, sleeves, measurements, measure, measured, measuring, xl,
        xxl, xs, cm, inches, inch, lbs, wide feet, narrow feet, half size, size up, sized up, size down, sized down,
        went up a size, true to size, long arms, petite, plus size, narrower
        """,
    ),
    (
        24,
        "",
        "size",
        """
        fits perfectly, fit perfectly, fits great, fit great, fits like a glove, fit like a glove, perfect fit,
        great fit, good fit, nice fit, true to size, fits well, fit well, right size, perfect size,
        just the right size, fits just right, fit just right, fits as expected, made for the spot, on the dot,
        reach my wrists
        """,
    ),
    (
        -26,
        "L",
        "size",
        """
        too small, too big, too large, too tight, too loose, too short, too long, too wide, too narrow, runs small,
        runs large, run small, run large, runs big, runs a little small, runs a little large, runs tight, doesn't fit,
        didn't fit, does not fit, don't fit, did not fit, won't fit, wouldn't fit, not fit, tiny, way smaller,
        smaller than, bigger than, shorter than, larger than, tight, snug, baggy, huge, gigantic, miniature,
        wrong size, sizing is off, sizing off, size is off, size chart is wrong, chart is fiction,
        fits my ten year old, hate the length, no shoulders, turns your finger
        """,
    ),
    # Other than described.
    (
        0,
        "",
        "not_as_described",
        """
        as described, description, described, as pictured, pictured, listing,
        advertised, advertise, advert, listed as, page says, the page, website, as shown, in person,
        in real life, premium version, labelled as, labeled as,
        marked as new, sold as, drawing
        """,
    ),
    (
        26,
        "",
        "not_as_described",
        """
        as described, exactly as described, just as described, as pictured, exactly as pictured,
        just like the picture, just like the pictures, just like the photo, looks like the picture,
        like in the pictures, matches the picture, matches the photo, matches the description,
        matched the description, matched the photo, matched my, true to colour, true to color, as advertised,
        exactly as advertised, exactly what you see, even better in person, better in person, better than the picture,
        better than the pictures, better than the photos, better than pictured, accurate description, as promised,
        just as promised, as expected, exactly as expected, just like in the drawing, just like in the photo,
        as shown
        """,
    ),
    (
        -30,
        "M",
        "not_as_described",
        """
        not as described, not as pictured, not as advertised, not as shown, nothing like the picture,
        nothing like the pictures, nothing like the photo, nothing like the photos, nothing like the description,
        nothing like, doesn't match, didn't match, does not match, not match, doesn't look like, didn't look like,
        looks nothing like, misleading, misled, mislead, false advertising, falsely advertised, false description,
        deceptive, wrong item, wrong product, wrong colour, wrong color, wrong model, wrong one, wrong version,
        wrong order, sent the wrong, sent me the wrong, received the wrong, got the wrong, different item,
        different product, different colour, different color, different model, someone else's order, somebody else's,
        not what i ordered, not what was pictured, not what's pictured, not the one i ordered, not the same,
        bait and switch, mislabelled, mislabeled, not waterproof, isn't waterproof, not real leather,
        not genuine leather, says otherwise, painted plastic, totally different, completely different, sticker of,
        photoshopped, not stainless, name was spelled, name spelled wrong, wrong name
        """,
    ),
    # What is not there.
    (
        0,
        "",
        "missing_parts",
        """
        screw, screws, bolt, bolts, spare, spares, manual, instructions included, accessories,
        accessory, remote, adapter, charger included, included, include, includes, come with, comes with, came with,
        sold separately, bracket, gift included, free gift, free tote, freebie, sample included, complete set,
        all the parts, set of, filter, hooks
        """,
    ),
    (
        24,
        "",
        "missing_parts",
        """
        all included, everything included, everything was included, all the parts, all parts, all pieces, every piece,
        every screw, nothing missing, nothing was missing, complete, complete set, all there, everything was there,
        everything i ordered, plus two spares, plus spares, extra screws, spare cover, thrown in, threw in,
        threw in a, included a free, bonus, free gift included, free sample included, nothing left out,
        all accounted for
        """,
    ),
    (
        -30,
        "M",
        "missing_parts",
        """
        missing, missing part, missing parts, missing piece, missing pieces, was missing, were missing, is missing,
        are missing, parts missing, pieces missing, incomplete, not included, wasn't included, weren't included,
        isn't included, no charger, no manual, no remote, no instructions, no screws, no lid, no cable, no batteries,
        no adapter, no power cord, had no lid, empty box, box was empty, empty package, empty envelope, short by,
        one short, two short, only got, only received, only one of, only half, half of them, half were gone,
        only two, isn't there, wasn't there, weren't there, not there, never included, didn't come with,
        did not come with, doesn't come with, came without, forgot to include, forgot to send, left out,
        not in the box, hasn't got, had 9, wasn't in the box, only sent, sent only, sent one
        """,
    ),
    # Real or fake.
    (
        0,
        "",
        "authenticity",
        """
        authentic, authenticity, genuine, original, real deal, real thing, fake, fakes, counterfeit, replica,
        knockoff, knock off, serial, serial number, hologram, certificate, hallmark, authorised dealer,
        authorized dealer, official, qr code, verified, bootleg, jeweller, jeweler, batch code, verify, proof
        """,
    ),
    (
        26,
        "",
        "authenticity",
        """
        authentic, genuine, 100% genuine, 100% authentic, original product, real silver, real gold, real leather,
        genuine leather, the real deal, the real thing, it's real, legit, not fake, not a fake, isn't fake,
        verified the serial, verified authentic, checks out, checked out, serial checks out, full warranty,
        passed the test, hallmark and all
        """,
    ),
    (
        -38,
        "H",
        "authenticity",
        """
        fake, it's fake, fakes, counterfeit, counterfeits, knockoff, knock off, knock-off, bootleg, replica,
        imitation, not authentic, not genuine, not original, isn't authentic, isn't genuine, inauthentic,
        not the real thing, not real, phony, pirated, serial number does not exist, serial doesn't exist,
        misspelled logo, misspelt logo
        """,
    ),
    (
        -26,
        "M",
        "authenticity",
        """
        could be a fake, could be fake, might be fake, may be fake, looks fake, seems fake, feels fake, smells fake,
        think it's fake, think it is fake, suspect it's fake, suspect a fake, doubt it's real, doubt it's genuine,
        not sure it's real, not sure if it's real, not sure if it's genuine, probably fake, is this even real,
        proof it's the real thing, suspicious, suspect
        """,
    ),
    # Danger, injury, fraud, authority.
    (
        -40,
        "H",
        "quality",
        """
        allergic, allergic reaction, allergy, rash, hives, broke out, break out in, blister on my, swelling,
        swollen face, swollen eyes, swollen lips, burned my, burnt my, burned me, burnt me, burns on, chemical burn,
        scalded, scald, second degree, electric shock, electrical shock, shocked me, got a shock, electrocuted,
        zapped, sparks, sparked, sparking, spark, smoke, smoking, smoked, caught fire, on fire, caught on fire,
        flames, exploded, explode, explosion, fire hazard, overheated and, battery swelled, swelled up, bulging,
        injured, injury, injuries, injure, cut my, sliced my, slashed, bleeding, bled everywhere, blood, urgent care,
        emergency room, hospital, hospitalised, hospitalized, doctor, ambulance, paramedics, er visit, the vet,
        vet suspects, vomiting, vomited, vomit, throwing up, threw up, food poisoning, poisoned, poisonous,
        sick after eating, got sick, made me sick, made us sick, diarrhoea, diarrhea, choking hazard, choked, choke,
        choking, strangled, strangle, tightened around, suffocate, piece of metal, piece of glass,
        piece of plastic in, shard, shards, glass in, metal in, maggot, maggots, bug in, bugs in, bugs crawling,
        insect, insects, worm, worms, cockroach, roach, roaches, weevils, mouse droppings, hair in my food, mold in,
        mould in, moldy, mouldy, tampered, tampered with, recall, unsafe, dangerous, hazard, hazardous, safety hazard,
        death trap, going to kill, could have killed, nearly killed, almost killed, could have died, brakes failed,
        brake failed, brakes don't, lead paint, toxic, carbon monoxide, gas leak, fell on my, collapsed under,
        collapsed while, fractured, concussion, broken wrist, broken arm, knocked out, near miss, split his chin,
        split her, wheel came off while, choked on, swallowed, faked date, changed the expiry, expired food
        """,
    ),
    (
        -40,
        "H",
        "service",
        """
        scam, scammer, scammers, scammed, scamming, fraud, fraudulent, fraudsters, con artists, thieves, thief,
        stole my money, stole my, stealing, identity theft, charged my card after, charged me again after,
        charged after i cancelled, unauthorised charge, unauthorized charge, unauthorised charges,
        unauthorized charges, pay outside, paypal friends, bank transfer outside, gift cards as payment, threatened,
        threaten, threatening, threats, harassed, harassing, harassment, doxxed, my address, my home address,
        my phone number, shared my, leaked my, sold my data, personal data, blackmail, phishing, bank's fraud,
        chargeback fraud
        """,
    ),
    (
        -40,
        "H",
        "",
        """
        lawyer, lawyers, attorney, solicitor, legal action, lawsuit, sue, suing, small claims, police, police report,
        trading standards, consumer protection, consumer rights, better business bureau, attorney general, ftc, fda,
        cpsc, food agency, food standards, health department, health authority, regulator, regulators, ombudsman,
        report to customs, filing a report with customs, customs report, report you to, reporting you,
        reported to the, reported them to, news station, the news, newspaper story, journalist, journalists, reporter,
        the press, consumer programme, consumer program, watchdog, class action
        """,
    ),
)

# More of the same.
MORE: tuple[Group, ...] = (
    (
        28,
        "",
        "",
        """
        no brainer, worth its weight, top tier, raving, rave about, impeccable, exquisite, superior, splendid,
        terrific, fab, fabulous, ace, cracking, belter, banging, smashing, lush, beaut, ripper, bonza, a plus, aces,
        slay, slays, huge w, on point, nailed it, knocked it out of the park, hits different, lives up to,
        lived up to, delivers on, not a single complaint, hats off, hands down, second to none,
        punches above its weight, money well spent, life changing, transformed, cured, fixed my, solved my,
        solved the problem, relief, rescued, trusty, like new, good as new, as good as new, looks brand new, sold on,
        convert, converted, big fan, huge fan, forever customer, loyal customer, will be back, five out of five,
        5 out of 5, 5 5, 100 out of 100, full marks, top marks, gold star, jackpot, score, scored, marvel, marvellous,
        marvelous, magnificent, divine, heavenly, heaven, bliss, blissful, delight, delightful, charming, charmed,
        adorable, precious, treasure it, cherish, smitten, giddy, ecstatic, elated, overjoyed, tickled, wowed,
        mind blown, exceeds, exceeded, surpasses, surpassed, can't get enough, can't live without,
        wouldn't be without, would be lost without, don't hesitate, do not hesitate, just buy it, just get it,
        go for it, trust me, run don't walk, what are you waiting for, you won't regret, won't be disappointed,
        won't regret, will not be disappointed, sings, a beauty, beast, a beast, magic, magical, wizardry, sorcery,
        masterpiece, work of art, pride and joy, makes me smile, made me smile, grinning, big smile, all smiles,
        every single day, use it daily, use it every day, wear it every day, daily driver, living in them,
        live in them, never leaves my, goes everywhere with me
        """,
    ),
    (
        -30,
        "L",
        "",
        """
        hot garbage, dumpster fire, train wreck, hard pass, pass on this, skip it, skip this, skip this one,
        send it back, sent it back, sending it back, it's going back, going straight back, going back, returned it,
        returning it, had to return, went straight back, back it goes, wrote off, in the trash, tossed it,
        threw it away, threw it out, threw them out, charity shop, gathering dust, collecting dust, buyer's remorse,
        remorse, not fit for purpose, unfit for, no use, of no use, fell short, falls short, short lived, hot mess,
        cash grab, money grab, total loss, loss of money, not a fan, can't stand, cannot stand, loathe, detest,
        dreading, dread, wouldn't wish, don't fall for, fell for it, duped, tricked, conned, swindled, robbed,
        daylight robbery, highway robbery, bogus, sham, farce, circus, clowns, amateur, amateurs, incompetent,
        clueless, careless, sloppy, slapdash, half baked, half assed, substandard, sub par, subpar, below par,
        inferior, third rate, second rate, bottom of the barrel, scraping the barrel, an embarrassment, sorry excuse,
        poor excuse, bummed, bummer, gutted, heartbroken, heartbreaking, devastated, in tears, cried my eyes,
        miserable, depressing, offensive, disgusted, appalled, horrified, shocked at, speechless, no words,
        what a shame, such a shame, for shame, unreal, unbelievable that, beggars belief, mistake buying, big mistake,
        worst mistake, wish i could give zero, less than one star, minus stars, not even one star, doesn't deserve,
        don't deserve, undeserved, believe the bad reviews, should have read the reviews, should have listened,
        don't believe the reviews, fake reviews, paid reviews, reviews are fake, too good to be true,
        you've been warned, be warned, consider yourself warned, think twice, proceed with caution, not recommended,
        the opposite of, anything but, far from, nowhere near, not remotely, falls flat, fell flat, missed the mark,
        misses the mark, left a bad taste, sour taste, over it, done with, last time, last order, last purchase,
        lost a customer, lost me as a customer, lost my business, goodbye, unsubscribed, bye
        """,
    ),
    (
        26,
        "",
        "quality",
        """
        built like a tank, built to last, bulletproof, stands up to, takes a beating, withstands, withstood,
        workhorse, steady, stable, rigid, soothing, calming, relaxing, melt in your mouth, melts in your mouth,
        perfectly ripe, ripe, plump, zesty, savoury, savory, buttery, flaky crust, perfectly cooked, moreish,
        crisp and, hoppy, full bodied, not bitter, not too sweet, balanced, velvety, creamy, lathers, smells divine,
        not overpowering, subtle, long wear, doesn't budge, doesn't smudge, doesn't flake, doesn't crease, blends,
        pigmented, buildable, full coverage, no streaks, streak free, hair feels, skin feels, skin loves, cleared up,
        clears up, evened out, no frizz, tangle free, doesn't pull, doesn't tug, doesn't snag, doesn't pinch,
        doesn't rub, doesn't dig, doesn't ride up, doesn't roll, stays put, stays in place, stays cool, stays cold,
        stays hot, keeps warm, keeps cold, keeps it cold, keeps coffee hot, still hot, still cold, ice cold, toasty,
        snuggly, hugs, like a cloud, like butter, like silk, like a dream, like a champ, like clockwork, a breeze,
        breeze to, effortless, effortlessly, foolproof, intuitive, user friendly, plug and play, paired instantly,
        pairs instantly, connects instantly, connected straight away, works first time, worked first time,
        straight out of the box, out of the box, does exactly what, glides, cuts through, slices through, cuts like,
        razor sharp, holds an edge, holds its shape, holds its charge, holds a charge, battery lasts, charge lasts,
        lasts all day, lasts for hours, lasts forever, lasted years, never overheats, barely hear, can't hear it,
        hardly notice, so quiet, dead quiet, crystal clear, loud and clear, punchy bass, rich sound, great sound,
        sounds great, sounds amazing, vibrant, true colours, rich colour, richly, intricate, detailed,
        beautifully made, beautifully crafted, handcrafted, quality is superb, quality is outstanding, quality is top,
        quality is excellent, exceptional quality, superior quality, solid quality, solid wood, solidly built, tough,
        weatherproof, windproof, kept us dry, kept me dry, bone dry, stayed dry, watertight, airtight,
        leakproof, spill proof, shatterproof, scratch resistant, childproof, washable, dries quickly, quick drying,
        wrinkle free, no ironing, perennial, bloomed, sprouted, germinated, took root, gobbled, gobbled up, devoured,
        wolfed, licks the bowl, licked clean, polished off, gone in minutes, gone in a day, purring, tail wagging
        """,
    ),
    (
        -30,
        "M",
        "quality",
        """
        kaput, conked out, gave out, gives out, packed up, packed in, gave up the ghost, bit the dust, on the fritz,
        croaked, out of the box dead, flickers, flickering, flicker, cuts out, cutting out, dropping out, static,
        hiss, rancid, foul, putrid, mildew, freezer burn, wilted, droopy, threadbare, unstitched, came undone,
        coming undone, misaligned, mismatched, doesn't line up, don't line up, off center, sank, sinks, sinking,
        deflated, deflates, punctured, puncture, flat tyre, flat tire, won't inflate, doesn't hold air, seeps,
        seeping, drips, dripping, drip, fogged, fogs up, discolored, discoloured, yellowed, tarnished, tarnish,
        tarnishes, turned green, turns green, turned my finger green, turned black, turned yellow, corroded, oxidized,
        chipping, chips off, splinters, splintered, splintering, wore out, wears out, worn out, worn through,
        wears off, wore off, rubbed off, rubs off, washed off, comes off on, squealing, grinding noise, error code,
        error, resets itself, reboots, won't pair, won't sync, won't update, stone dead, lifeless, limp, quit after,
        quits, no longer works, ceased, seized, seized up, stalls, stalled, misfires, backfired, overflowed,
        overflows, flooded, tripped, blew a fuse, caved in, gave way, tipped over, tips over, topples, falls over,
        fell over, wouldn't stay, won't stay, doesn't stay, doesn't stick, won't stick, doesn't seal, won't seal,
        doesn't close, doesn't lock, won't lock, doesn't latch, doesn't heat, doesn't cool, doesn't spin,
        doesn't charge, doesn't hold, doesn't do what, doesn't do a thing, doing nothing, zero results, no results,
        no improvement, ineffective, rotted, sprouting mould, furry, slimy, weeping, oozing, dead pixel, dead pixels,
        lines on the screen, blank screen, black screen, screen went, motor burned, motor died, handle broke,
        handle came, lid broke, zip broke, zipper broke, strap broke, strap snapped, sole came, soles came,
        button fell, buttons fell, seam split, seams split, split, splits, stitching came, thread came, paint came,
        letters came, print came, colour came, dye came, came off in, bald, balding, moulting, molting,
        lost its shape, lost all shape, out of shape, shapeless, holes in, hole in, went through, ripped open,
        burst open, stopped heating, stopped charging, stopped spinning, half of them dead, half dead, died on me,
        died within, died after, won't survive, didn't survive, didn't last, didn't make it, useless for
        """,
    ),
    (
        -22,
        "L",
        "quality",
        """
        lumps, gritty, off putting, musty, fishy, metallic taste, metallic, burnt taste, overcooked, undercooked,
        mushy, loose threads, loose thread, warps, smudges, smears, smudge, sticks, whistles, beeps, beeping, buggy,
        hard as a rock, rock hard, like cardboard, like chewing, like plastic, like sandpaper, like a bag,
        cut corners, cutting corners, corner cutting, false economy, overpowering, headache inducing,
        gave me a headache, gives me a headache, makes my eyes water, chokes, cloying, sickly, artificial, chemical,
        chemically, plastic smell, smells of, smells like, smelled like, smelt like, reeked, whiff, pungent, acrid,
        stale smell, watered down, weak tea, tastes of, no taste, no flavour, no flavor, aftertaste,
        bitter aftertaste, chewy, rubbery, leathery, gristly, dried out, dried up, crusty, crumbly mess, too dry,
        too hard, too soft, too stiff, too thin, too thick, too heavy, too bright, too dark, too dim, too hot,
        too cold, too quiet, too weak, too strong, too greasy, too oily, too sticky, too rough, too noisy, deafening,
        ear splitting, like a jet, like a helicopter, like a tractor, sounds like a, wakes, woke the, drowns, tinny,
        muffled, muddy, crackles, crackling, distorted, distorts, pixelated, washed out, faint, unreadable, illegible,
        hard to read, tiny print, typo, typos, errors in, poorly written, predictable, dragged, drags, plot holes,
        sore, sores, aches, ached, backache, chafes, chafing, chafed, rides up, ride up, rolls down, rolls up,
        slides off, slides down, falls down, bunches, bunches up, gapes, clings, static cling, sweat, sweaty feet,
        suffocating, stifling, sticky mess, tangles, tangled, knots, frizzy, brittle, patchy, streaky,
        creases, flaked, smeared, smudged, racoon, panda eyes, ashy, unflattering, frumpy, shapeless, boxy, dated,
        dowdy, gaudy, garish, chintzy, toy like, like a toy, dollar store quality, pound shop, fiddly to, awkward to,
        pain to, a pain, nightmare to, faff, takes ages to, takes forever to, slow to, unresponsive buttons,
        inaccurate, off by, reads wrong, unreliable, intermittent, temperamental, hit or miss, hit and miss,
        inconsistent, patchy signal, poor signal, weak signal, short cord, cord is too short, cable is too short,
        design flaw, badly designed, poor design, poorly designed, bad design, whoever designed, overengineered,
        pointless feature
        """,
    ),
    (
        0,
        "",
        "quality",
        """
        flavours, aroma, ingredients, crust, filling, roast, beans, wine, beer, fruit, vegetables, meat, fish,
        oysters, cheese, bread, nuts, seeds, plant, plants, flowers, bouquet, roots, leaves, petals, rug, carpet,
        curtains, duvet, sheets, towel, towels, pyjamas, socks, boots, trainers, sneakers, sandals, jacket, coat,
        jumper, sweater, dress, jeans, trousers, leggings, bra, gloves, hat, scarf, backpack, suitcase, wallet, belt,
        watch, ring, necklace, earrings, bracelet, glasses, sunglasses, lenses, headphones, earbuds, keyboard, mouse,
        monitor, printer, router, tablet, drone, projector, vacuum, heater, humidifier, fryer, oven, toaster, mixer,
        grinder, knife, knives, wok, pot, mug, bottle, flask, tent, sleeping bag, bike, saddle, helmet, tyre, tires,
        wheels, guitar, strings, violin, piano, paint, brush, brushes, pen, ink, notebook, puzzle, doll, lego,
        stroller, crib, car seat, diapers, nappies, litter, aquarium, hose, ladder, saw, sander, tape measure,
        insulation, waterproofing, suction, pressure, water pressure, brightness, sound quality, audio, resolution,
        image, footage, signal, range, speed, power, noise, weight, grip, balance, stability, padding is, elastic,
        waistband, hood, cuffs, collar, lace, laces, insole, arch support, sharpness, hardness, thickness, coverage,
        finish is, pigment, lather, wick, candle, burn time
        """,
    ),
    (
        0,
        "",
        "logistics",
        """
        shipper, mailed, posted, sent out, out for delivery, couriers, delivery guy, delivery man, delivery driver,
        delivery person, delivery team, mailbox, letterbox, front door, back door, neighbour, neighbor, shipment,
        shipments, freight, overnight, overseas, import, first class post, turned up, showed up, ordered on monday,
        ordered on friday, shipping speed, shipping time, delivery time, delivery window, delivery slot, time slot,
        reschedule, rescheduled, transit time
        """,
    ),
    (
        24,
        "",
        "logistics",
        """
        lightning speed, in record time, record time, quick turnaround, fast turnaround, speedy, super quick,
        super fast, arrived next day, arrived the next day, came next day, came the next day, here the next day,
        arrived the following day, within two days, in three days, well before, before the date, days early,
        a day early, a week early, sooner than expected, quicker than expected, faster than expected,
        delivered to my door, carried it up, carried it upstairs, right to the door
        """,
    ),
    (
        -28,
        "M",
        "logistics",
        """
        left at the wrong, dumped, tossed over, chucked over, thrown over, wrong door, wrong flat, wrong apartment,
        wrong building, wrong city, backordered, back ordered, out of stock after, stuck at, sitting at, sitting in,
        going round in circles, went round the country, missed my birthday, missed the wedding, missed christmas,
        missed the party, too late for, after the party, after the wedding, after christmas, undelivered,
        undeliverable, failed delivery, no delivery, not delivered, wasn't delivered, was not delivered,
        never delivered, hasn't been delivered, hasn't moved, hasn't updated, not moved, not updated,
        still processing, still pending, still preparing, awaiting shipment, waiting for it, waiting for my,
        vanished in, disappeared in, into thin air, vanished, signed by someone, signed for by, left in the bin,
        pirates, stolen from, soaked, drenched, sopping, rain soaked
        """,
    ),
    (
        -20,
        "L",
        "logistics",
        """
        postponed, pushed back, slow courier, slow post, slower than, snail, snail mail, snail's pace, glacial,
        dawdled, a bit late, turned up late, showed up late, later than, longer than expected, longer than promised,
        long wait, waited in all day, waited all day, missed delivery, missed slot
        """,
    ),
    (
        0,
        "",
        "packaging",
        """
        parcel was, packet, wrapper, box it came in, cardboard box, cardboard, jiffy bag, mailer, poly bag,
        tissue paper, shrink wrap, peanuts, packing peanuts, protective, protection, ribbon, presentation, giftable,
        beautifully presented, carton was, crate, pallet, lid of the box
        """,
    ),
    (
        24,
        "",
        "packaging",
        """
        well wrapped, well protected, well cushioned, double wrapped, triple wrapped, packed like, wrapped like,
        bubble wrapped, individually wrapped, not one broken, none broken, none were broken, not a crack, not a dent,
        zero damage, no damage, beautifully presented, lovely packaging, great packaging, excellent packaging,
        gorgeous packaging, beautiful packaging, perfect packaging, careful packaging, survived the journey,
        survived the trip, survived shipping, pristine, in perfect condition, in mint condition, immaculate
        """,
    ),
    (
        -28,
        "M",
        "packaging",
        """
        box was crushed, box was torn, box was open, box was wet, box was soaked, arrived crushed, arrived broken,
        arrived cracked, arrived smashed, arrived shattered, arrived dented, arrived open, arrived opened,
        arrived wet, arrived leaking, arrived torn, arrived bent, arrived in pieces, arrived melted, came broken,
        came smashed, came cracked, came damaged, came open, came crushed, leaked all over, spilled all over,
        spilled everywhere, all over the box, exploded in the box, poor packaging, bad packaging, terrible packaging,
        awful packaging, inadequate packaging, flimsy packaging, no packaging, without packaging,
        without any packaging, without any padding, without padding, loose in the box, rattling around, rattling in,
        just a bag, plastic bag, thin bag, bin bag, stamped on, trampled, run over, looks like it was kicked,
        squished, mangled, flattened, pulverised
        """,
    ),
    (
        0,
        "",
        "service",
        """
        shopkeeper, sales rep, salesperson, assistant, adviser, advisor, operator, the lady, the guy on the phone,
        on the phone, customer rep, correspondence, communication, communicates, queries, query, enquiry, inquiry,
        complaint form, ticket, case number, case id, supervisor, repair, repaired, repairs, engineer, plumber,
        electrician, mechanic, install team, installation, installed it, warranty claim, insurance, rma,
        store credit, credit note, goodwill, partial refund, full refund, money back guarantee, return policy,
        return window, returns process, after sales, aftersales, aftercare, their side, their end
        """,
    ),
    (
        26,
        "",
        "service",
        """
        great communication, good communication, excellent communication, kept me informed, kept me updated,
        kept me posted, answered every question, answered my question, answered all, explained everything,
        walked me through, talked me through, couldn't do enough, could not do enough, couldn't have been nicer,
        couldn't have been more helpful, couldn't be more helpful, so helpful, very helpful, super helpful,
        incredibly helpful, hassle free return, easy return, easy returns, easy refund, refunded immediately,
        refunded straight away, refunded right away, instant refund, full refund within, replaced it,
        replaced immediately, replaced free, sent a replacement, sent me a replacement, sent a new one,
        sent me a new one, new one the next day, honest seller, honest, trustworthy, trusted, lovely people,
        lovely seller, great shop, great store, great team, wonderful service, outstanding service, amazing service,
        fantastic service, brilliant service, superb service, top service, five star service, first class service,
        personal touch, personal note, handwritten note, hand written note, little note, thank you note
        """,
    ),
    (
        -28,
        "M",
        "service",
        """
        kept me on hold, on hold for, transferred me, three agents, four agents, different agents, told me to,
        refused to help, no apology, not even an apology, no explanation, palmed off, washed their hands,
        not their problem, not our problem, blames the courier, blamed the courier, blame the courier,
        finger pointing, pointing fingers, passing the buck, pass the buck, buck passing, closed my ticket,
        ticket closed, case closed, closed the case, closed my case, auto reply, autoreply, auto response,
        left on read, went silent, went quiet, gone quiet, gone silent, crickets, disappeared on me, gone dark,
        radio silent, stopped replying, stopped answering, stopped responding, stops replying, ghosting me,
        don't respond, doesn't respond, not respond, never respond, no replies, no response to, zero response,
        zero support, zero help, no help, no support, non existent, nonexistent, unreachable, can't reach,
        cannot reach, couldn't reach, can't get hold of, can't get through, impossible to reach,
        impossible to contact, impossible to return, impossible to get a refund, wouldn't take it back,
        won't take it back, not take returns, won't accept returns, return denied, return refused, refund refused,
        refund still, refund hasn't, refund has not, refund not, haven't been refunded, have not been refunded,
        not refunded, hasn't refunded, never refunded, weeks for a refund, waiting for refund, fight for a refund,
        fight for my money, fighting for, chasing, chased, chase them, had to chase, dispute, opened a dispute,
        claim denied, denied my claim, not covered, isn't covered, not under warranty, void, voided, wear and tear,
        user error, my fault, blamed me, accused me, called me a liar, insulted, yelled, shouted, swore,
        snapped at me, sarcastic, patronising, patronizing, mocking, laughed at me, talked down, attitude,
        bad attitude, surly, gruff, snotty, snooty, lazy, couldn't be bothered, can't be bothered, don't give a,
        incompetent support, contradictory, different answer, different story, stalling, stall, delay tactics,
        empty promises, broken promise, broken promises, promised to call, promised me, bots, chat bot, asks me for,
        keep asking, keeps asking, keep sending, keeps sending, same template, template reply, form letter,
        remove my comment, five star review for, gift card for a review, free gift for a review, censored,
        review was removed, review got deleted, review disappeared, keeps deleting
        """,
    ),
    (
        26,
        "",
        "price",
        """
        pays for itself, paid for itself, great bargain, real bargain, bargain price, incredible value,
        fantastic value, super value, unbelievable value, unbeatable value, decent price, nice price, low price,
        lower price, best price, right price, price is right, price was right, good for the price,
        great for the price, hard to beat, can't beat, fraction of what, save a fortune, saved a fortune,
        saved me a fortune, saves a fortune, saved me hundreds, a third of the price, less than half, twice the price,
        three times the price elsewhere, cheaper than the shop, cheaper than in store, wallet friendly,
        easy on the wallet, pocket friendly
        """,
    ),
    (
        -24,
        "L",
        "price",
        """
        extortionate, exorbitant, steep, bit steep, eye watering, daylight robbery, price is too high, price too high,
        too much money, too much for, a lot of money for, lot of money, that much money, cost a fortune,
        costs a fortune, cost me a fortune, for that price, at this price i, for this price i, pay more for,
        not worth half, half the price elsewhere, cheaper on, found it cheaper, saw it cheaper, went on sale,
        on sale the next, dropped the price, price dropped, reduced the next, discount was fake, fake discount,
        inflated, marked up, jacked up
        """,
    ),
    (
        0,
        "",
        "size",
        """
        dimensions, diameter, depth, centimetres, centimeters, millimetres, mm, feet tall, my height, my waist,
        my size, usual size, normal size, regular size, kids size, adult size, uk size, us size, eu size, one size,
        fits all, extra large, thighs, calves, cup size, hem, crotch, toe box,
        ankle, wrist, ring size, wide fit, 6'2, 5'4
        """,
    ),
    (
        24,
        "",
        "size",
        """
        fits snugly, fits nicely, fits beautifully, fits him perfectly, fits her perfectly, fit him perfectly,
        fit her perfectly, fit me perfectly, fits me perfectly, fits just fine, fits right in, fit right in,
        fits exactly, fit exactly, snug fit, sizing is accurate, sizing is perfect, sizing is spot on,
        sizing was spot on, sizing spot on, size is perfect, size was perfect, size is right, size chart was accurate,
        size chart is accurate, accurate sizing, true to the size, right length, perfect length, room to grow,
        just enough room, plenty of room, exact measurements, exact dimensions, to the millimetre, to the millimeter,
        to the inch
        """,
    ),
    (
        -24,
        "L",
        "size",
        """
        way too small, way too big, size smaller, sizes smaller, size bigger, size too small, size too big,
        sizes too small, sizes too big, two sizes, three sizes, comes up small, come up small, comes up big,
        came up small, came up big, wrong on the size, for a child, for a doll, for a giant, doll sized, dollhouse,
        toddler sized, child sized, kid sized, swimming in, drowning in, like a tent, like a sack, like a dress on,
        can't zip, couldn't zip, won't zip, can't button, couldn't button, won't button, can't get it over,
        couldn't get it over, couldn't get them on, can't get them on, cuts off circulation, cutting off circulation,
        squeezes, pinched, cramped, gaping, falls off my, slides off my, inconsistent sizing, sizes vary,
        sizing is a joke, sizing makes no sense, inches short, inch short, cm short, centimetres short, inches too,
        an inch too, cm too, too narrow for
        """,
    ),
    (
        0,
        "",
        "not_as_described",
        """
        specification, specifications, specs, spec, product page, product description, the ad, the advert, the video,
        catalogue, blurb, rated for, rated at, stated, it states, says it's, said it was, meant to be, supposed to be,
        real life, irl, on screen, on my screen, thumbnail, image shows, picture shows, photo shows, photos show,
        pictures show, shown in
        """,
    ),
    (
        26,
        "",
        "not_as_described",
        """
        matches perfectly, matches exactly, exactly like the picture, exactly like the photo,
        exactly like the pictures, exactly like the photos, exactly as shown, exactly as in the,
        identical to the picture, identical to the photo, same as the picture, same as in the picture,
        same as the photo, same as pictured, like the photos, like the pictures, like the picture,
        true to the picture, true to the photo, true to the photos, true to photo, true to picture,
        true to description, looks just like, just as shown, just as pictured, even prettier in person,
        prettier in person, nicer in person, gorgeous in person, what you see is what you get,
        photos don't do it justice, pictures don't do it justice, photo doesn't do it justice,
        picture doesn't do it justice, exactly what was promised, does what it claims, lives up to its claims,
        colour is spot on, color is spot on, colour match, color match
        """,
    ),
    (
        -28,
        "M",
        "not_as_described",
        """
        catfish, catfished, not the colour, not the color, not the same colour, not the same color, wrong shade,
        wrong pattern, wrong design, wrong style, wrong material, wrong size sent, wrong book, wrong flavour,
        wrong flavor, wrong part, wrong name, wrong initials, wrong date, nothing resembling, no resemblance,
        bears no resemblance, stock photo, scale is off, isn't actually, not actually, turned out to be,
        turns out to be, in reality, isn't real, isn't wool, not wool, isn't leather, isn't silk, isn't cotton,
        not cotton, not silk, not solid, isn't solid, not wood, isn't wood, not steel, isn't gold, not gold, pleather,
        veneer, polyester, mdf, particle board, chipboard, plated, not new, isn't new, wasn't new, clearly not new,
        not the model, not the brand, different brand, different version, older version, older model, old model,
        outdated model, mixed up, mix up, mixup, sent me someone, not what was advertised, not what was described,
        not what was shown, not what was promised, not what i paid for, isn't what i ordered, wasn't what i ordered,
        isn't what was, wasn't what was, exaggerated, lie about, lied about, lies about, false claim, false claims,
        falsely, dishonest, photos lie, pictures lie, picture lies, edited photos, heavily edited, heavily filtered,
        far smaller than, much smaller than, half the size, quarter of the size, third of the size
        """,
    ),
    (
        0,
        "",
        "missing_parts",
        """
        hardware, fittings, fixings, washers, nuts and bolts, allen key, bundle, full kit,
        pack of, box of, everything in the box, charging cable, usb cable, power adapter, remote control,
        instruction booklet, instruction manual, booklet, leaflet, freebies, free sample, samples, goodie, goodies,
        carry case, dust bag, replacement parts
        """,
    ),
    (
        24,
        "",
        "missing_parts",
        """
        all present, all there, all accounted, everything accounted for, present and correct, all the pieces,
        all the bits, all the screws, every part, every bit, nothing was left out, complete with, came complete,
        arrived complete, fully complete, even included, even came with, also included, spares, spare screws,
        extras included, free extras, extra parts, lovely extras, came with extra, came with spare, with spares,
        slipped in, tucked in, popped in, added a free, added a little, bonus gift
        """,
    ),
    (
        -28,
        "M",
        "missing_parts",
        """
        shortchanged, short changed, minus the, nowhere to be found, there was no, there were no, there's no,
        without a lid, without a plug, without any instructions, without instructions, without screws, forgot the,
        forgotten, wasn't anything, nothing inside, nothing in it, nothing in the box, empty, came empty,
        arrived empty, not enough screws, not enough, too few, fewer than, less than advertised, missing screws,
        missing bolts, missing hardware, missing lid, missing cable, missing instructions, missing manual,
        missing from, gone missing from, piece short, pieces short, one missing, two missing, several missing,
        half missing, half empty, half full, only one arrived, only one came, only one in, only one shoe, one shoe,
        only three, only four, only five, only six, only eight, only nine, only ten, instead of two, instead of three,
        instead of four, instead of six, instead of ten, instead of twelve, parts are missing, pieces are missing,
        incomplete set, incomplete order, partial order, where is the rest, where's the rest, rest of my order
        """,
    ),
    (
        26,
        "",
        "authenticity",
        """
        authenticated, authenticated it, verified as genuine, verified genuine, certificate matches, serial matches,
        serial number matches, registered fine, registered without, official warranty, it is genuine, it is real,
        is the real, definitely genuine, definitely real, definitely authentic, 100% real, proper one, bona fide,
        kosher, legitimate
        """,
    ),
    (
        0,
        "",
        "quality",
        """
        smoked salmon, smoked cheese, smoked meat, smoked fish, smoked paprika, smoky, blood orange, blood pressure,
        blood sugar, fake plant, fake plants, fake fur, fake leather, fake candles, fake nails, fake lashes,
        fake grass, fake flowers, sparks joy, spark plug, french press, dropped stitches, cross stitch, bug spray,
        bug bites, smoke alarm, smoke detector, fire alarm, fire pit, fire extinguisher, first aid, shock absorber,
        shock absorbing, burn time, cut out, killer deal, french toast, drop cloth, hair dye, dead sea, dead simple,
        dead easy, dead quiet, dead straight, small dogs, broken in, break in, breaking in, bath bomb, die cut
        """,
    ),
    (-30, "M", "quality", "melted, melting, melts when, has melted, all melted, melted together, melted into"),
    (
        -40,
        "H",
        "quality",
        """
        needed stitches, got stitches, had stitches, two stitches, three stitches, four stitches, five stitches,
        six stitches, seven stitches, eight stitches, ten stitches, dozen stitches, melted plastic, plastic melted,
        melted the, charger melted, plug melted, cord melted, cable melted
        """,
    ),
    (-40, "H", "", "see you in court, in court, court case, to court, taking them to court, take you to court"),
    (
        0,
        "",
        "authenticity",
        """
        dupe, clone, unlicensed, grey market, gray market, barcode, authenticator, authentication, provenance,
        trademark, branded, brand name, stamped, hallmarks, karat, carat, appraiser, appraised
        """,
    ),
    (
        -38,
        "H",
        "authenticity",
        """
        total fake, obvious fake, clearly fake, cheap fake, definitely fake, 100% fake, a fake, fake product,
        fake goods, fake brand, sells fakes, selling fakes, sell fakes, sold me a fake, cheap knockoff,
        cheap knock off, cheap imitation, cheap copy, cheap replica, pirated copy, pirate copy, forgery, forged,
        fraudulent certificate, fake certificate, fake serial, serial number is fake, serial is invalid,
        invalid serial, serial already registered
        """,
    ),
    (
        -40,
        "H",
        "quality",
        """
        paramedic, poison control, anaphylaxis, anaphylactic, epipen, asthma attack, second degree burns,
        third degree, singed, singe, scorched, scorch, scorching, arcing, tripped the breaker, short circuit,
        short circuited, smelled burning, smell of burning, smelt burning, burning smell, burning plastic,
        burnt plastic smell, smell burning, exposed wire, exposed wires, live wire, gas smell, smell gas, fumes,
        sliced open, gash, gashed, tipped over onto, fell onto, crushed my, dog ate, listeria, salmonella,
        contaminated, contamination, rodent, rat droppings, larvae, moths in, weevil, expired medicine,
        past its expiry, expiry date was, scratched out, went into shock, passed out, fainted, stopped breathing,
        can't breathe, couldn't breathe, throat closed, throat swelled, lips swelled, eyes swelled, eye swelled,
        face swelled, face swollen, swelled shut, swollen shut, welts, eczema flare, raw skin, skin peeled,
        peeled my skin, lost my hair, hair fell out, clumps of hair, blinded, eye injury, hot oil, boiling water on,
        boiling water all, blew up in, exploded in my, exploded on, shattered in my hand, shattered in my face,
        snapped while riding, handlebar, handlebars came, fork snapped, front wheel came, threw me off, thrown off,
        landed on my face, broken tooth, chipped a tooth, chipped my tooth, cracked a tooth, broke a tooth,
        trip hazard, electrical hazard, safety issue, safety risk, not safe, isn't safe, unsafe for,
        someone could get hurt, somebody could get hurt, someone will get hurt, could hurt someone,
        could have been worse, lucky nobody, lucky no one, luckily nobody, luckily no one, thank god nobody,
        thank god no one
        """,
    ),
    (
        -40,
        "H",
        "service",
        """
        blackmailing, extortion, extorted, intimidated, intimidation, stalking, stalked, showed up at my house,
        came to my house, turned up at my house, calling my phone, called my work, called me at night, spam calls,
        selling my, my number to, my data, my details, card details, credit card details, card was charged again,
        charged again, charged my card, kept charging, keeps charging, still charging me, subscription i never,
        never signed up, signed me up, without my consent, without consent, took money, taking money from,
        money was taken, emptied my, crypto payment, pay by gift card, western union, fake tracking,
        fake tracking number, bogus tracking
        """,
    ),
)

# Words of feeling in VADER's list that mean something else in a shop.
CALM: str = """
        no prepared warning please pay paid paying fire fired bomb kill killed killer steal alarm alarmed cut cutting
        cuts hard sharp charge charged charges charging help helping free safe safely safety easy easily super gift
        gifts prize share shares shared strong natural novel novelty matter matters number number1 one true truth play
        played playing plays toy want wanted wants like alone demand demands heavy hell kid kidding lol lmao haha
        hahaha crush crushed dear party mad madder nuts nut freedom fresh trust treasure sincerely sincere warm bright
        energy energetic kind values valued value intense serious seriously interest interested interesting interests
        admit admits adopt adopts adopted care cares careful carefully agree agreed growing growth chance chances ease
        fit battle cancel cancelled cancels canceled stop stopped stops stopping leave left low lowest lower smart
        wish wishes hope hopes hoped hoping sure certain certainly ready resolve create created creates dream dreams
        doubt god join joined attract attracts big active straight strength heaven spirit support supported supports
        supporting supporter shy stuck empty dump dumped block blocks blocked trap luck lucky vision yes yeah yep ok
        okay greet greeting greetings promise promised promises promote increase increased increases credit award
        awards cry cried crying cries tears laugh laughs laughing laughed broke lost miss missed missing damn dam hot
        dark drop dropped drops short sick special nothing worth well fine better best good great pretty hits hit
        avoid attack challenge cover covered poor flat debt guess rich opportunity oppose desperate relaxed popular
        peace profit pressure pressured
        """

# An even verdict, or none.
NEUTRAL: tuple[tuple[int, str], ...] = (
    (
        35,
        """
        okay, ok, it's ok, it's okay, just ok, just okay, it's alright, alright, all right, so so, so-so, meh,
        average, about average, mediocre, middling, nothing special, nothing fancy, nothing to write home about,
        nothing amazing, nothing extraordinary, run of the mill, neither good nor bad, neither great nor terrible,
        neither better nor worse, not great not terrible, not great but not terrible, good and bad, mixed feelings,
        mixed bag, mixed, on the fence, undecided, split verdict, split decision, hard to rate, hard to say,
        middle of the road, fair enough, it's fine, fine i guess, i guess, indifferent, no opinion,
        no strong feelings, take it or leave it, evens out, cancel each other out, balances out, call it a draw,
        a draw, call it even, break even, passable, adequate, acceptable, tolerable, serviceable, bearable,
        does its job i suppose, i suppose, could go either way, jury is out, jury's out, as expected for,
        get what you pay for, got what i paid for, you get what you pay, what you'd expect, about what i expected,
        no better no worse, same as, the same as, same old, no change, no difference either way, nothing new,
        same jam, some may like, matter of taste, matter of preference, not bad not good, so far nothing,
        wouldn't call it bad, not the worst, three stars, 3 stars, middle rating, it's a towel, shrug, whatever,
        neutral, unremarkable, standard, ordinary, basic, plain, typical, forgettable
        """,
    ),
    (
        26,
        """
        haven't opened, haven't opened it, haven't tried, haven't used, haven't tested, haven't worn,
        haven't installed, haven't set it up, not opened, not tried yet, not used yet, not tested yet,
        have not opened, have not tried, have not used, have yet to, yet to open, yet to try, yet to use, yet to test,
        unopened, still in the box, still sealed, too early to tell, too early to say, too soon to tell,
        too soon to say, early days, will update, will report back, will edit, will see, we'll see, time will tell,
        remains to be seen, wait and see, wait for update, for a friend, for a coworker, for a colleague,
        for my neighbour, for my neighbor, bought for someone, bought on behalf, no idea how, can't say, cannot say,
        can't judge, no comment, received, item received, for reference, words required, minimum characters,
        character minimum, min characters, filler, asdf, test review, n a, as far as i can tell
        """,
    ),
)

NEGATORS: str = """
        not no never none nothing nobody nowhere neither nor without cannot cant can't don't dont doesn't doesnt
        didn't didnt isn't isnt wasn't wasnt aren't arent weren't won't wont wouldn't wouldnt couldn't couldnt
        shouldn't hasn't hasnt haven't havent hadn't ain't lacks lacking zero hardly barely scarcely rarely seldom few
        less free stopped stops stop avoid avoids prevents
        """
DEGREES: tuple[tuple[int, str], ...] = (
    (
        14,
        """
        very really so extremely super absolutely totally completely highly incredibly insanely especially
        particularly too way much truly utterly ridiculously seriously beyond such quite genuinely exceptionally
        remarkably all definitely hella mad dead
        """,
    ),
    (6, "slightly somewhat bit little kinda kind sort sorta fairly mostly a-bit hair touch rather marginally almost partly"),
)

# Forms and the stem they share; a word that stands for itself is not cut.
IRREGULAR: str = """
    pleased>pleasd used>used needed>needed prepared>prepared wanted>wanted broke>break broken>break came>come coming>come
    fell>fall fallen>fall sent>send got>get gotten>get getting>get tore>tear torn>tear wore>wear worn>wear froze>freeze
    frozen>freeze threw>throw thrown>throw bought>buy took>take taken>take taking>take gave>give given>give giving>give
    shrank>shrink shrunk>shrink went>go gone>go goes>go made>make making>make left>leave held>hold lost>lose losing>lose
    paid>pay wrote>write written>write said>say says>say does>do did>do done>do has>have had>have burnt>burn smelt>smell
    spilt>spill spoilt>spoil bent>bend bled>bleed stole>steal stolen>steal felt>feel kept>keep slept>sleep found>find is>be
    was>be are>be were>be been>be being>be its>its this>this lying>lie dying>die died>die dies>die lied>lie lies>lie
    loose>loose stuck>stuck lovely>lovely ugly>ugly packed>pack less>less glass>glass dress>dress mess>mess process>process
    missed>miss
"""
