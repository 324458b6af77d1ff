"""Families whose names have long been heard here: English, Welsh, Scottish, Irish, Traveller, Jewish."""

from __future__ import annotations

from webapp.demo.names.shapes import Background, Faith, listed

_GIRLS = listed("""
    Amelia, Olivia, Isla, Ava, Freya, Ivy, Florence, Willow, Lily, Mia, Poppy, Sienna, Evie, Rosie, Grace, Daisy,
    Phoebe, Evelyn, Elsie, Harper, Matilda, Ruby, Millie, Charlotte, Maisie, Emily, Sophie, Erin, Bonnie, Chloe,
    Martha, Robyn, Zoë, Chloë, Niamh, Siân, Cerys, Eleri, Eilidh, Holly, Lottie, Hannah, Jessica, Lucy, Megan,
    Abigail, Ellie, Lacey, Imogen, Beatrice, Nancy, Thea, Aoife, Kiera, Caitlin, Scarlett, Summer, Georgia, Bethany,
    Darcy, Elodie, Maeve, Skye, Lola, Esme, Penelope, Hallie, Amber, Tilly, Alice
""")
_BOYS = listed("""
    Oliver, George, Arthur, Noah, Leo, Harry, Oscar, Archie, Jack, Henry, Charlie, Freddie, Theodore, Alfie, Thomas,
    Finley, Theo, Jacob, Joshua, William, Isaac, Edward, James, Rory, Louie, Reuben, Albie, Jude, Elliot, Stanley,
    Toby, Ronnie, Callum, Ewan, Rhys, Dylan, Ieuan, Owain, Connor, Declan, Cian, Liam, Ryan, Kai, Tyler, Riley,
    Jayden, Kayden, Brandon, Ellis, Harvey, Luca, Max, Samuel, Daniel, Benjamin, Adam, Lewis, Nathan, Aidan,
    Zachary, Frank, Ralph, Albert, Sonny, Ned, Angus, Ollie, Mason, Jenson
""")
_WOMEN = listed("""
    Sarah, Claire, Emma, Rebecca, Laura, Gemma, Kelly, Stacey, Donna, Karen, Nicola, Hayley, Leanne, Kerry,
    Michelle, Joanne, Lisa, Rachel, Helen, Katie, Amy, Natalie, Samantha, Jodie, Kirsty, Victoria, Louise, Danielle,
    Charlotte, Zara, Vicky, Lindsay, Angharad, Bronwen, Siobhán, Mairéad, Fiona, Catriona, Jennifer, Holly, Lucy,
    Abbie, Chelsea, Toni
""")
_MEN = listed("""
    David, Mark, Paul, Andrew, Steven, Lee, Craig, Darren, Wayne, Gary, Simon, Matthew, Christopher, Jonathan, Adam,
    Ben, Tom, Daniel, Robert, Michael, Stuart, Neil, Ian, Gareth, Huw, Rhodri, Iain, Callum, Seán, Patrick, Kevin,
    Dean, Shane, Carl, Jamie, Luke, Martin, Peter, Richard, Anthony, Scott, Ross, Graham, Phil
""")
_SURNAMES = listed("""
    Smith, Jones, Taylor, Brown, Williams, Wilson, Johnson, Davies, Robinson, Wright, Thompson, Evans, Walker,
    White, Roberts, Green, Hall, Wood, Jackson, Clarke, Harris, Lewis, Turner, Hill, Moore, Cooper, Ward, Morris,
    Parker, Bennett, Cook, Shaw, Bailey, Carter, Richardson, Marshall, Hargreaves, Ackroyd, Sutcliffe, Barraclough,
    Hepworth, Firth, Crowther, Fletcher, Holroyd, Illingworth, Naylor, Pickles, Whitaker, Ramsden, Booth, Chadwick,
    Dyson, Ellis, Gibson, Hudson, Pritchard, Llewellyn, Rees, Bowen, Mackenzie, Campbell, Fraser, Buchanan, Murray,
    Reid, Ferguson, O'Brien, Doyle, Barker, Chapman, Holmes, Knight, Mills, Palmer, Webb, Stevens, Spencer, Pearson,
    Harrison, Graham, Burton, Simpson, Whitfield, Atkinson, Lister, Marsden, Rushworth, Sykes, Thackray, Waddington,
    Yates, Smith-Hughes, Lloyd-Price
""")
_IRISH_SURNAMES = listed("""
    Murphy, Kelly, O'Sullivan, Walsh, Byrne, Ryan, O'Connor, O'Neill, Doyle, Gallagher, McCarthy, Doherty, Kennedy,
    Lynch, McLaughlin, Brennan, Nolan, Ní Bhriain, Ó Dálaigh, Quinn
""")
_JEWISH_SURNAMES = listed("""
    Cohen, Levy, Goldberg, Rosen, Marks, Freedman, Abrahams, Kaplan, Stern, Weiss, Benjamin, Solomons
""")

BRITISH = (
    Background("british", 455, "WBRI", "en", 0.0, _GIRLS, _BOYS, _WOMEN, _MEN, _SURNAMES, _SURNAMES),
    Background(
        "irish", 12, "WIRI", "en", 0.0,
        listed("Aoife, Niamh, Saoirse, Caoimhe, Clodagh, Róisín, Éabha, Sadhbh, Orla, Ciara, Fiadh, Gráinne"),
        listed("Cillian, Oisín, Fionn, Tadhg, Darragh, Seán, Cormac, Eoin, Rónán, Donnacha, Pádraig, Conor"),
        listed("Sinéad, Deirdre, Orlaith, Gráinne, Aisling, Bríd, Mairéad, Ciara, Nuala"),
        listed("Seán, Ciarán, Diarmuid, Brendan, Niall, Eamonn, Colm, Declan, Fergal"),
        _IRISH_SURNAMES,
    ),
    Background(
        "traveller", 6, "WIRT", "en", 0.0,
        listed("Margaret, Bridget, Kathleen, Shannon, Mary-Kate, Chantelle, Philomena, Crystal, Nora, Winnie"),
        listed("Patrick, Martin, Johnny, Miley, Felix, Thomas, Michael, Jimmy, Bernard, Simey"),
        listed("Bridget, Margaret, Kathleen, Nora, Josephine, Winifred, Mary"),
        listed("Patrick, Martin, Michael, John, Bernard, Simon, Thomas"),
        listed("Ward, McDonagh, Connors, Doran, Cash, Maughan, Joyce, Delaney"),
    ),
    Background(
        "jewish", 6, "WBRI", "en", 0.0,
        listed("Talia, Miriam, Leah, Esther, Shira, Naomi, Noa, Eliana, Rivka, Hannah"),
        listed("Eitan, Asher, Ezra, Reuben, Levi, Gideon, Saul, Avi, Joel, Nathan"),
        listed("Deborah, Ruth, Miriam, Tamar, Rachel, Dalia, Naomi"),
        listed("Simon, Daniel, Jonathan, Adam, David, Saul, Michael"),
        _JEWISH_SURNAMES, faith=Faith.JEWISH,
    ),
)  # fmt: skip
